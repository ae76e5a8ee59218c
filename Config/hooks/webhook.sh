#!/bin/sh
# A hook for the web: what happened, as the JSON that comes on standard input, is posted to the address in its argument.
#   hook_done: [~/scenehf/Config/hooks/webhook.sh, "https://example.org/scenehf"]
exec curl --silent --show-error --fail --max-time 20 --header "Content-Type: application/json" --data-binary @- -- "$1"
