#!/bin/sh
# A hook for the desktop: a notification with the picture's name and the reason.
#   hook_review: [~/scenehf/Config/hooks/notify.sh]
exec notify-send --app-name=SceneHF -- "$SCENEHF_NAME: $SCENEHF_EVENT" "${SCENEHF_REASON:-$SCENEHF_FOLDER}"
