package chatgpt

import "gptsnap/formats/chat"

// A span is one member of metadata, kept as raw JSON.
type span struct {
	name metaKey
	raw  []byte
}

// A metaKey names a member of metadata that parts are made of.
type metaKey uint8

const (
	noMeta metaKey = iota
	metaReferences
	metaCitations
	metaAgentReferences
	metaGroups
	metaCot
	metaAttachments
	metaAggregate
	metaCanvas
	metaCite
	metaCitedIndex
	metaUserContext
	metaSDK
	metaResource
	metaImageTitle
	metaDictation
	metaDictationFormat
	metaParent
	metaModelQueries
	metaQueries
	metaReply
	metaFinishedText
	metaInitialText
	metaStep
	metaSteps
	metaTaskTitle
	metaTaskPrompt
	metaDictated
	metaFollowUps
	metaHints
	metaSkill
	metaGizmo
	metaInvoking
	metaInvoked
	metaTaskStatus
)

// metaKeyOf is a switch, not a table, for it is asked of every member there is.
func metaKeyOf(name string) metaKey {
	switch name {
	case "content_references":
		return metaReferences
	case "citations":
		return metaCitations
	case "n7jupd_crefs":
		return metaAgentReferences
	case "search_result_groups":
		return metaGroups
	case "inline_cot_expandable_content":
		return metaCot
	case "attachments":
		return metaAttachments
	case "aggregate_result":
		return metaAggregate
	case "canvas":
		return metaCanvas
	case "_cite_metadata":
		return metaCite
	case "cited_message_idx":
		return metaCitedIndex
	case "user_context_message_data":
		return metaUserContext
	case "chatgpt_sdk":
		return metaSDK
	case "invoked_resource":
		return metaResource
	case "image_gen_title":
		return metaImageTitle
	case "dictation_asset_pointer":
		return metaDictation
	case "dictation_asset_format":
		return metaDictationFormat
	case "parent_id":
		return metaParent
	case "search_model_queries":
		return metaModelQueries
	case "search_queries":
		return metaQueries
	case "targeted_reply":
		return metaReply
	case "finished_text":
		return metaFinishedText
	case "initial_text":
		return metaInitialText
	case "reasoning_title":
		return metaStep
	case "reasoning_titles":
		return metaSteps
	case "async_task_title":
		return metaTaskTitle
	case "async_task_prompt":
		return metaTaskPrompt
	case "dictation_original_text":
		return metaDictated
	case "followup_prompts":
		return metaFollowUps
	case "system_hints":
		return metaHints
	case "skill_name":
		return metaSkill
	case "gizmo_id":
		return metaGizmo
	case "tool_invoking_message":
		return metaInvoking
	case "tool_invoked_message":
		return metaInvoked
	case "async_task_status_messages":
		return metaTaskStatus
	}
	return noMeta
}

// get is the raw JSON of a member; nil if it is absent or says nothing. Of
// several with the same name the last counts.
func (d *draft) get(name metaKey) []byte {
	for i := len(d.meta) - 1; i >= 0; i-- {
		if d.meta[i].name == name {
			return d.meta[i].raw
		}
	}
	return nil
}

func (d *decoder) readMetadata(m *chat.Message, draft *draft) {
	s := &d.s
	draft.meta, draft.paragen, draft.choice = nil, false, ""
	from := len(d.spans)
	for key := range s.members() {
		switch key {
		case "model_slug":
			m.Model = d.word(s)
		case "thinking_effort":
			m.Effort = d.word(s)
		case "turn_exchange_id":
			m.Turn = s.same(d.turn)
			d.turn = m.Turn
		case "is_visually_hidden_from_conversation":
			m.Hidden = s.truth()
		case "is_user_system_message":
			m.Instruction = s.truth()
		case "finished_duration_sec":
			m.Thinking = seconds(s.raw())
		case "finish_details":
			m.Finish = ""
			for key := range s.members() {
				if key == "type" {
					m.Finish = d.word(s)
				} else {
					s.skip()
				}
			}
		case "paragen_variants_info":
			draft.paragen = s.worth() != nil || draft.paragen
		case "paragen_variant_choice":
			draft.choice = s.text()
			draft.paragen = draft.paragen || draft.choice != ""
		default:
			name := metaKeyOf(key)
			if name == noMeta {
				s.skip()
			} else if raw := s.worth(); raw != nil {
				d.spans = append(d.spans, span{name, raw})
			}
		}
	}
	draft.meta = d.spans[from:len(d.spans):len(d.spans)]
}
