# Turns what swift-argument-parser's generator makes of the commands' help into clean mdoc(7): columns stay columns,
# sentences begin on lines of their own, and no line is empty.
#   awk -f commands-manual.awk scenehf.1

function say(line) { print line; last = line }
function leaveColumns() { if (inColumns) say(".Ed"); inColumns = 0 }
# A new paragraph, where one is to be seen.
function part() { if (last !~ /^\.(Sh|Pp|It)/) say(".Pp"); gap = 0 }
# Backslashes are escaped already.
function escaped(text) { sub(/^[.\047]/, "\\\\\\&&", text); return text }

# A text of any length as lines of at most 78 characters, each sentence anew.
function paragraph(text,    words, count, i, line) {
  count = split(text, words, " ")
  for (i = 1; i <= count; i++) {
    if (line != "" && length(line) + length(words[i]) > 77) { say(escaped(line)); line = "" }
    line = line (line == "" ? "" : " ") words[i]
    if (words[i] ~ /[.?!][")]*$/) { say(escaped(line)); line = "" }
  }
  if (line != "") say(escaped(line))
}
function flush() { if (held != "") { if (gap) part(); paragraph(held) } held = "" }

/^\.Nd / { gsub(/"/, ""); sub(/\.$/, ""); say($0); next }
/^\./ && !/^\.Pp/ { flush(); leaveColumns(); gap = 0; say($0); next }
/^(\.Pp)?$/ { flush(); gap = 1; next }
/^ / {
  flush()
  if (!inColumns) { say(".Bd -literal -offset indent"); inColumns = 1 } else if (gap) say("")
  gap = 0
  sub(/^  /, ""); say(escaped($0)); next
}
/^[A-Z][A-Z ]+$/ { flush(); leaveColumns(); part(); say(".Sy " $0); next }
{ if (inColumns) gap = 1; leaveColumns(); held = held (held == "" ? "" : " ") $0 }
END { flush(); leaveColumns() }
