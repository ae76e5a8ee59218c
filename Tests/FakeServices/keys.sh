#!/usr/bin/env bash
# Makes an RSA key pair in FOLDER: private.pem (PKCS#8) and public.pem.
set -euo pipefail
cd "$1"
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out private.pem 2> /dev/null
openssl pkey -in private.pem -pubout -out public.pem
