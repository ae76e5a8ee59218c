#pragma once
#include <stddef.h>
#include <stdint.h>

/// OpenSSL's signatures and digests behind a few plain functions.

/// Signs `data` with RSASSA-PKCS1-v1_5 over SHA-256 (RFC 8017 section 8.2) by the RSA key in `pem` (PKCS#8 or
/// PKCS#1, not encrypted). Returns the size of the signature written to `signature`, at most `room`, or 0 with
/// OpenSSL's words in `message`.
size_t csign_rs256(
    const char *pem, size_t pem_size, const uint8_t *data, size_t size, uint8_t *signature, size_t room,
    char message[160]);

/// SHA-256 (FIPS 180-4) of `size` bytes. 0, or -1 where OpenSSL has no such digest.
int csign_sha256(const uint8_t *data, size_t size, uint8_t digest[32]);

/// The same of everything from where the file stands to its end. 0, -1, or the errno of a read that failed.
int csign_sha256_file(int file, uint8_t digest[32]);
