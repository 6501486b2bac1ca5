"""Templates of Hugo's shortcodes."""

import pytest

from feeds.parse.shortcodes import shows_inner

SHOWING = [
    "{{ .Inner }}",
    "{{- .Inner -}}",
    "<div class=note>{{ .Inner | markdownify }}</div>",
    '{{ .Page.RenderString (dict "display" "block") .Inner }}',
    "{{ $.Inner }}",
    "{{ .InnerDeindent }}",
    "{{ $text := .Inner }}<b>{{ $text }}</b>",
    '{{ $a := .Inner | safeHTML }}{{ $b := trim $a " " }}{{ $b }}',
    "{{ with .Inner }}<p>{{ . | markdownify }}</p>{{ end }}",
    "{{ with $text := .Inner }}{{ $text }}{{ end }}",
    "{{ if .Inner }}{{ .Inner }}{{ end }}",
    "{{ if .Inner }}{{ .Inner }}{{ else }}nothing{{ end }}",
    '{{ if .Get "open" }}<b>{{ .Inner }}</b>{{ else }}{{ .Inner }}{{ end }}',
    "{{ if .Get 0 }}a{{ .Inner }}{{ else if .Get 1 }}b{{ .Inner }}{{ else }}{{ .Inner }}{{ end }}",
    '{{ with .Get "title" }}<h2>{{ . }}</h2>{{ end }}{{ .Inner }}',
    '{{ partial "note.html" (dict "text" .Inner) }}',
    "{{/* shows .Inner */}}{{ .Inner }}",
    '{{ if eq (.Get "a") "}}" }}x{{ end }}{{ .Inner }}',
    "{{ range .Params }}{{ . }}{{ end }}\n{{ .Inner }}",
]  # fmt: skip
HIDING = [
    "",
    "<hr>",
    "{{/* .Inner */}}",
    "{{- /* .Inner */ -}}",
    "<!-- {{ .Inner }} -->",
    "<script>{{ .Inner }}</script>",
    '{{ if .Get "show" }}{{ .Inner }}{{ end }}',
    "{{ if site.Params.preview }}\n{{- .Inner | markdownify -}}\n{{ end }}",
    "{{ if hugo.IsServer }}{{ .Inner }}{{ else }}-{{ end }}",
    "{{ if not hugo.IsProduction }}{{ .Inner }}{{ else if .Get 0 }}{{ .Inner }}{{ end }}",
    '{{ with .Get "show" }}{{ $.Inner }}{{ end }}',
    '{{ with .Get "show" }}{{ . }}{{ end }}',
    "{{ range .Params }}{{ $.Inner }}{{ end }}",
    "{{ if and .Inner site.Params.preview }}{{ .Inner }}{{ end }}",
    "{{ if .Inner }}{{ if .Get 0 }}{{ .Inner }}{{ end }}{{ end }}",
    "{{ if .Inner }}something{{ else }}{{ .Inner }}{{ end }}",
    '{{ $text := "" }}{{ if .Get 0 }}{{ $text = .Inner }}{{ end }}{{ $text }}',
    "{{ $text := .Inner }}{{ if .Get 0 }}{{ $text }}{{ end }}",
    "{{ $text := .Inner }}",
    "{{ len .Inner }}",
    '{{ warnf "%s" .Inner }}',
    '{{ .Parent.Scratch.Add "tabs" .Inner }}',
    '{{ define "x" }}{{ .Inner }}{{ end }}',
    '{{ "{{ .Inner }}" }}',
    "{{ .InnerWidth }}{{ .Page.Inner }}",
    "{{ if .Get 0 }}{{ .Inner }}",
    "{{ end }}{{ .Inner }}",
]  # fmt: skip


@pytest.mark.parametrize("template", SHOWING)
def test_a_template_that_always_prints_it_shows_it(template):
    assert shows_inner(template)


@pytest.mark.parametrize("template", HIDING)
def test_one_that_prints_it_nowhere_or_under_a_condition_does_not(template):
    assert not shows_inner(template)
