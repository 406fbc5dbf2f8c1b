package chatgpt

import "gptsnap/formats/chat"

// markVariants marks the answers that were offered side by side, and the one
// that was taken. The provider notes it on one message somewhere below the
// fork, with the id of the message that was chosen.
func (d *decoder) markVariants() {
	const reach = 64 // how far below its fork a note may stand
	nodes := d.c.Nodes
	top := func(i int) int { // the nearest node at or above i that has siblings
		for range reach {
			if i < 0 || nodes[i].Versions > 1 {
				return i
			}
			i = nodes[i].Parent
		}
		return -1
	}
	for i := range d.drafts {
		if !d.drafts[i].paragen {
			continue
		}
		t := top(i)
		if t < 0 {
			if m := nodes[i].Message; m != nil {
				m.Variant = true
			}
			continue
		}
		if nodes[t].Parent < 0 {
			continue
		}
		chosen := -1
		if k, ok := d.place[chat.NodeID(d.drafts[i].choice)]; ok && d.drafts[i].choice != "" {
			chosen = top(k)
		}
		for _, k := range nodes[nodes[t].Parent].Children {
			if m := nodes[k].Message; m != nil && m.Role != chat.User {
				m.Variant = true
				m.Chosen = m.Chosen || int(k) == chosen || m.ID == d.drafts[i].choice && m.ID != ""
			}
		}
	}
}
