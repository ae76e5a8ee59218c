#include "csign.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <unistd.h>

/// An encrypted key must not make OpenSSL ask on the terminal.
static int no_password(char *buffer, int size, int writing, void *user) {
  (void)buffer, (void)size, (void)writing, (void)user;
  return 0;
}

size_t csign_rs256(
    const char *pem, size_t pem_size, const uint8_t *data, size_t size, uint8_t *signature, size_t room,
    char message[160]) {
  ERR_clear_error();
  BIO *bio = BIO_new_mem_buf(pem, (int)pem_size);
  EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL) : NULL;
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  size_t written = room;
  int done = key && context && EVP_PKEY_base_id(key) == EVP_PKEY_RSA &&
             EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
             EVP_DigestSign(context, signature, &written, data, size) == 1;
  message[0] = 0;
  if (!done) {
    unsigned long code = ERR_peek_last_error();
    if (code) ERR_error_string_n(code, message, 160);
  }
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(key);
  BIO_free(bio);
  return done ? written : 0;
}

int csign_sha256(const uint8_t *data, size_t size, uint8_t digest[32]) {
  return EVP_Digest(data, size, digest, NULL, EVP_sha256(), NULL) == 1 ? 0 : -1;
}

int csign_sha256_file(int file, uint8_t digest[32]) {
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  int code = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 ? 0 : -1;
  uint8_t piece[1 << 16];
  while (code == 0) {
    ssize_t count = read(file, piece, sizeof piece);
    if (count == 0) break;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) code = errno;
    else if (EVP_DigestUpdate(context, piece, (size_t)count) != 1) code = -1;
  }
  if (code == 0 && EVP_DigestFinal_ex(context, digest, NULL) != 1) code = -1;
  EVP_MD_CTX_free(context);
  return code;
}
