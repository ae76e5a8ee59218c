#!/bin/sh
# A hook for mail, through the machine's own mail(1); the address is its argument.
#   hook_review: [~/scenehf/Config/hooks/mail.sh, you@example.org]
printf '%s\n\n%s\n' "$SCENEHF_REASON" "$SCENEHF_FOLDER" | mail -s "SceneHF: $SCENEHF_NAME, $SCENEHF_EVENT" -- "$1"
