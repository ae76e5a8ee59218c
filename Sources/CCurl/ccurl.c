#include "ccurl.h"
#include "library.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/// Header lines beyond this are no answer of an image service.
static const size_t max_header_bytes = 256 * 1024;
/// An error page that arrives where a picture was expected is kept up to here.
static const int64_t max_error_bytes = 1024 * 1024;

typedef struct transfer {
  struct transfer *next;
  uint64_t id;
  CURL *easy;
  struct curl_slist *headers;
  curl_mime *mime;
  uint8_t *body;
  FILE *upload;
  int sink;
  int64_t max_bytes;
  int too_large, sink_failed, no_memory;
  size_t body_room;
  char error[CURL_ERROR_SIZE];
  ccurl_result result;
} transfer;

struct ccurl_loop {
  CURLM *multi;
  transfer *live;
};

static size_t take_header(char *data, size_t size, size_t count, void *user) {
  transfer *t = user;
  size_t bytes = size * count;
  // A further block (after 100 Continue or a proxy's CONNECT) replaces the one before.
  if (bytes >= 5 && memcmp(data, "HTTP/", 5) == 0) t->result.headers_size = 0;
  if (t->result.headers_size + bytes > max_header_bytes) {
    t->too_large = 1;
    return 0;
  }
  char *grown = realloc(t->result.headers, t->result.headers_size + bytes + 1);
  if (!grown) {
    t->no_memory = 1;
    return 0;
  }
  t->result.headers = grown;
  memcpy(grown + t->result.headers_size, data, bytes);
  t->result.headers_size += bytes;
  return bytes;
}

static int keep_in_memory(transfer *t, const char *data, size_t bytes) {
  size_t needed = t->result.body_size + bytes;
  if (needed > t->body_room) {
    size_t room = t->body_room ? t->body_room * 2 : 16 * 1024;
    while (room < needed) room *= 2;
    uint8_t *grown = realloc(t->result.body, room);
    if (!grown) {
      t->no_memory = 1;
      return 0;
    }
    t->result.body = grown;
    t->body_room = room;
  }
  memcpy(t->result.body + t->result.body_size, data, bytes);
  t->result.body_size = needed;
  return 1;
}

static int write_all(int fd, const char *data, size_t bytes) {
  while (bytes > 0) {
    ssize_t put = write(fd, data, bytes);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return 0;
    data += put;
    bytes -= (size_t)put;
  }
  return 1;
}

static size_t take_body(char *data, size_t size, size_t count, void *user) {
  transfer *t = user;
  size_t bytes = size * count;
  if (bytes == 0) return 0;
  long status = 0;
  curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
  int to_file = t->sink >= 0 && status >= 200 && status < 300;
  int64_t limit = t->sink >= 0 && !to_file && max_error_bytes < t->max_bytes ? max_error_bytes : t->max_bytes;
  // CURLOPT_MAXFILESIZE does not bound chunked bodies, so every byte is counted here.
  if (t->result.received + (int64_t)bytes > limit) {
    t->too_large = 1;
    return 0;
  }
  t->result.received += (int64_t)bytes;
  if (!to_file) return keep_in_memory(t, data, bytes) ? bytes : 0;
  if (write_all(t->sink, data, bytes)) return bytes;
  t->sink_failed = 1;
  return 0;
}

static size_t give_file(char *data, size_t size, size_t count, void *user) {
  return fread(data, 1, size * count, ((transfer *)user)->upload);
}

static void free_transfer(transfer *t) {
  if (t->easy) curl_easy_cleanup(t->easy);
  curl_mime_free(t->mime);
  curl_slist_free_all(t->headers);
  if (t->upload) fclose(t->upload);
  free(t->body);
  ccurl_free_result(&t->result);
  free(t);
}

ccurl_loop *ccurl_open(void) {
  // Counted and thread-safe since libcurl 7.84.
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return NULL;
  ccurl_loop *loop = calloc(1, sizeof *loop);
  if (!loop) return NULL;
  loop->multi = curl_multi_init();
  if (!loop->multi) {
    free(loop);
    return NULL;
  }
  return loop;
}

void ccurl_close(ccurl_loop *loop) {
  while (loop->live) ccurl_cancel(loop, loop->live->id);
  curl_multi_cleanup(loop->multi);
  free(loop);
}

static int set_headers(transfer *t, const ccurl_request *request) {
  // An empty Expect keeps large bodies from waiting a second for "100 Continue".
  struct curl_slist *list = curl_slist_append(NULL, "Expect:");
  if (!list) return CCURL_NO_MEMORY;
  t->headers = list;
  for (size_t i = 0; i < request->header_count; i++) {
    if (!curl_slist_append(list, request->headers[i])) return CCURL_NO_MEMORY;
  }
  curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, list);
  return CCURL_OK;
}

static int set_parts(transfer *t, const ccurl_request *request) {
  t->mime = curl_mime_init(t->easy);
  if (!t->mime) return CCURL_NO_MEMORY;
  for (size_t i = 0; i < request->part_count; i++) {
    const ccurl_part *part = &request->parts[i];
    curl_mimepart *slot = curl_mime_addpart(t->mime);
    if (!slot || curl_mime_name(slot, part->name) != CURLE_OK) return CCURL_NO_MEMORY;
    if (curl_mime_data(slot, (const char *)part->bytes, part->size) != CURLE_OK) return CCURL_NO_MEMORY;
    if (part->filename && curl_mime_filename(slot, part->filename) != CURLE_OK) return CCURL_NO_MEMORY;
    if (part->content_type && curl_mime_type(slot, part->content_type) != CURLE_OK) return CCURL_NO_MEMORY;
  }
  curl_easy_setopt(t->easy, CURLOPT_MIMEPOST, t->mime);
  return CCURL_OK;
}

static int set_file(transfer *t, const ccurl_request *request) {
  t->upload = fopen(request->body_path, "rbe");
  struct stat info;
  if (!t->upload || fstat(fileno(t->upload), &info) != 0 || !S_ISREG(info.st_mode)) return CCURL_FILE;
  curl_easy_setopt(t->easy, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(t->easy, CURLOPT_READFUNCTION, give_file);
  curl_easy_setopt(t->easy, CURLOPT_READDATA, t);
  curl_easy_setopt(t->easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)info.st_size);
  return CCURL_OK;
}

static int set_bytes(transfer *t, const ccurl_request *request) {
  t->body = malloc(request->body_size ? request->body_size : 1);
  if (!t->body) return CCURL_NO_MEMORY;
  if (request->body_size) memcpy(t->body, request->body, request->body_size);
  curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, (char *)t->body);
  curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_size);
  return CCURL_OK;
}

static int set_body(transfer *t, const ccurl_request *request) {
  int code = CCURL_OK;
  if (request->part_count) code = set_parts(t, request);
  else if (request->body_path) code = set_file(t, request);
  else if (request->body) code = set_bytes(t, request);
  else if (strcmp(request->method, "GET") == 0) curl_easy_setopt(t->easy, CURLOPT_HTTPGET, 1L);
  else if (strcmp(request->method, "POST") == 0 || strcmp(request->method, "PUT") == 0) code = set_bytes(t, request);
  curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, request->method);
  return code;
}

static int set_rules(transfer *t, const ccurl_request *request) {
  CURL *e = t->easy;
  curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(e, CURLOPT_ERRORBUFFER, t->error);
  curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, request->plain ? "http" : "https");
  curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(e, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
  curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  // A POST on a used connection that was just closed would be sent again unasked, and may be paid twice.
  curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, strcmp(request->method, "POST") == 0 ? 1L : 0L);
  if (request->authorities) curl_easy_setopt(e, CURLOPT_CAINFO, request->authorities);
  if (request->plain) curl_easy_setopt(e, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)request->connect_timeout_ms);
  curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)request->total_timeout_ms);
  curl_easy_setopt(e, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)request->max_bytes);
  curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(e, CURLOPT_HEADERDATA, t);
  curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
  curl_easy_setopt(e, CURLOPT_PRIVATE, t);
  return curl_easy_setopt(e, CURLOPT_URL, request->url) == CURLE_OK ? CCURL_OK : CCURL_BAD_REQUEST;
}

int ccurl_add(ccurl_loop *loop, uint64_t id, const ccurl_request *request) {
  transfer *t = calloc(1, sizeof *t);
  if (!t) return CCURL_NO_MEMORY;
  t->id = t->result.id = id;
  t->sink = request->sink;
  t->max_bytes = request->max_bytes;
  t->easy = curl_easy_init();
  int code = t->easy ? set_rules(t, request) : CCURL_NO_MEMORY;
  if (code == CCURL_OK) code = set_headers(t, request);
  if (code == CCURL_OK) code = set_body(t, request);
  if (code == CCURL_OK && curl_multi_add_handle(loop->multi, t->easy) != CURLM_OK) code = CCURL_NO_MEMORY;
  if (code != CCURL_OK) {
    free_transfer(t);
    return code;
  }
  t->next = loop->live;
  loop->live = t;
  return CCURL_OK;
}

static void unlink_transfer(ccurl_loop *loop, transfer *t) {
  transfer **slot = &loop->live;
  while (*slot && *slot != t) slot = &(*slot)->next;
  if (*slot) *slot = t->next;
  curl_multi_remove_handle(loop->multi, t->easy);
}

void ccurl_cancel(ccurl_loop *loop, uint64_t id) {
  for (transfer *t = loop->live; t; t = t->next) {
    if (t->id != id) continue;
    unlink_transfer(loop, t);
    free_transfer(t);
    return;
  }
}

void ccurl_turn(ccurl_loop *loop, int wait_ms) {
  int running = 0;
  curl_multi_perform(loop->multi, &running);
  curl_multi_poll(loop->multi, NULL, 0, wait_ms, NULL);
  curl_multi_perform(loop->multi, &running);
}

static int kind_of(const transfer *t, CURLcode code) {
  if (t->too_large) return CCURL_TOO_LARGE;
  if (t->no_memory) return CCURL_NO_MEMORY;
  if (t->sink_failed) return CCURL_FILE;
  switch (code) {
    case CURLE_OK: return CCURL_OK;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL: return CCURL_BAD_REQUEST;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT: return CCURL_UNREACHABLE;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR: return CCURL_TLS;
    case CURLE_OPERATION_TIMEDOUT: {
      curl_off_t connected = 0;
      curl_easy_getinfo(t->easy, CURLINFO_PRETRANSFER_TIME_T, &connected);
      return connected > 0 ? CCURL_TIMEOUT : CCURL_CONNECT_TIMEOUT;
    }
    case CURLE_FILESIZE_EXCEEDED: return CCURL_TOO_LARGE;
    case CURLE_READ_ERROR: return CCURL_FILE;
    case CURLE_OUT_OF_MEMORY: return CCURL_NO_MEMORY;
    default: return CCURL_BROKEN;
  }
}

int ccurl_next(ccurl_loop *loop, ccurl_result *result) {
  CURLMsg *message;
  int left;
  do {
    message = curl_multi_info_read(loop->multi, &left);
    if (!message) return 0;
  } while (message->msg != CURLMSG_DONE);
  transfer *t = NULL;
  CURLcode code = message->data.result;
  curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &t);
  long request_bytes = 0;
  curl_easy_getinfo(t->easy, CURLINFO_REQUEST_SIZE, &request_bytes);
  curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &t->result.status);
  t->result.code = kind_of(t, code);
  t->result.sent = request_bytes > 0;
  if (code != CURLE_OK) {
    snprintf(t->result.message, sizeof t->result.message, "%s", *t->error ? t->error : curl_easy_strerror(code));
  }
  unlink_transfer(loop, t);
  *result = t->result;
  memset(&t->result, 0, sizeof t->result);
  free_transfer(t);
  return 1;
}

void ccurl_free_result(ccurl_result *result) {
  free(result->headers);
  free(result->body);
  memset(result, 0, sizeof *result);
}

void ccurl_wake(ccurl_loop *loop) { curl_multi_wakeup(loop->multi); }
