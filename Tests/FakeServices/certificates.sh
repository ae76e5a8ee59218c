#!/usr/bin/env bash
# Makes an authority and two certificates by it in FOLDER: good.pem for localhost, wrong.pem for another host.
set -euo pipefail
cd "$1"
key=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes)
openssl req -x509 "${key[@]}" -keyout authority.key -out authority.pem -days 2 -subj "/CN=SceneHF test authority" 2> /dev/null
for pair in good:localhost wrong:elsewhere.example; do
  name=${pair%%:*} host=${pair##*:}
  openssl req "${key[@]}" -keyout "$name.key" -out "$name.csr" -subj "/CN=$host" 2> /dev/null
  openssl x509 -req -in "$name.csr" -CA authority.pem -CAkey authority.key -CAcreateserial -days 2 \
    -extfile <(echo "subjectAltName=DNS:$host") -out "$name.crt" 2> /dev/null
  cat "$name.key" "$name.crt" > "$name.pem"
done
