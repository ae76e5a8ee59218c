#pragma once
#include <stddef.h>
#include <stdint.h>

/// libcurl's multi interface behind a few plain functions: requests go in as values, whole answers come out, and
/// no callback ever enters Swift. Everything but ccurl_wake belongs to one thread.

typedef struct ccurl_loop ccurl_loop;

/// One part of a multipart/form-data body (RFC 7578). Everything is copied.
typedef struct {
  const char *name;
  /// NULL for a plain field.
  const char *filename;
  const char *content_type;
  const uint8_t *bytes;
  size_t size;
} ccurl_part;

/// What to send. Everything is copied by ccurl_add, so nothing need outlive the call.
typedef struct {
  /// "GET", "POST", "PUT" or "DELETE".
  const char *method;
  const char *url;
  /// `header_count` lines "Name: value".
  const char *const *headers;
  size_t header_count;
  /// 1: http:// is allowed and no proxy is used; 0: https:// only.
  int plain;
  /// The body: bytes, or the file at `body_path`, or `part_count` parts, or none of them.
  const uint8_t *body;
  size_t body_size;
  const char *body_path;
  const ccurl_part *parts;
  size_t part_count;
  int64_t connect_timeout_ms, total_timeout_ms;
  /// More body bytes than this end the transfer.
  int64_t max_bytes;
  /// An open descriptor that takes the body of a 2xx answer, or -1 to keep it in memory. Stays the caller's.
  int sink;
  /// A PEM file with the authorities to trust instead of the system's; NULL for the system's.
  const char *authorities;
} ccurl_request;

enum {
  CCURL_OK = 0,
  CCURL_UNREACHABLE = 1,
  CCURL_TLS = 2,
  CCURL_CONNECT_TIMEOUT = 3,
  CCURL_TIMEOUT = 4,
  CCURL_TOO_LARGE = 5,
  CCURL_BROKEN = 6,
  CCURL_FILE = 7,
  CCURL_BAD_REQUEST = 8,
  CCURL_NO_MEMORY = 9,
};

/// What became of a transfer. The caller frees it with ccurl_free_result.
typedef struct {
  /// The number that ccurl_add was given.
  uint64_t id;
  int code;
  long status;
  /// The final header block, lines as they came.
  char *headers;
  size_t headers_size;
  /// What was kept in memory.
  uint8_t *body;
  size_t body_size;
  /// Bytes of the body that were received, to memory or file.
  int64_t received;
  /// 1 if anything of the request may have reached the other side.
  int sent;
  /// libcurl's own words; empty if all went well.
  char message[256];
} ccurl_result;

/// A new loop, or NULL without memory.
ccurl_loop *ccurl_open(void);

/// Ends all transfers without results and frees the loop.
void ccurl_close(ccurl_loop *loop);

/// Starts a transfer under `id`. Where it returns another code than CCURL_OK nothing was started.
int ccurl_add(ccurl_loop *loop, uint64_t id, const ccurl_request *request);

/// Ends the transfer `id` without a result; nothing happens if there is none.
void ccurl_cancel(ccurl_loop *loop, uint64_t id);

/// Moves all transfers on and waits up to `wait_ms` for something to do.
void ccurl_turn(ccurl_loop *loop, int wait_ms);

/// Takes the next finished transfer; 0 if there is none.
int ccurl_next(ccurl_loop *loop, ccurl_result *result);

void ccurl_free_result(ccurl_result *result);

/// Makes a ccurl_turn that waits return. From any thread.
void ccurl_wake(ccurl_loop *loop);

/// An address as libcurl itself will read it, so that what is checked is what is asked. Strings are the caller's,
/// freed with ccurl_free_address.
typedef struct {
  char *scheme, *host;
  /// NULL where the address names none.
  char *port, *user;
  /// Path and query, at least "/".
  char *path;
} ccurl_address;

/// 1 if `text` is an absolute http or https address; 0 leaves `address` empty.
int ccurl_parse(const char *text, ccurl_address *address);

void ccurl_free_address(ccurl_address *address);

/// Seconds since 1970 of an HTTP date (RFC 9110 section 5.6.7), or -1.
int64_t ccurl_date(const char *text);
