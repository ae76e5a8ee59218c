#pragma once
#include <stddef.h>
#include <stdint.h>

/// OpenSSL's signatures behind one plain function.

/// Signs `data` with RSASSA-PKCS1-v1_5 over SHA-256 (RFC 8017 section 8.2) by the RSA key in `pem` (PKCS#8 or
/// PKCS#1, not encrypted). Returns the size of the signature written to `signature`, at most `room`, or 0 with
/// OpenSSL's words in `message`.
size_t csign_rs256(
    const char *pem, size_t pem_size, const uint8_t *data, size_t size, uint8_t *signature, size_t room,
    char message[160]);
