#include "ccurl.h"
#include "library.h"

#include <stdlib.h>
#include <string.h>

/// The part, or NULL where the address has none.
static char *part(CURLU *url, CURLUPart what) {
  char *found = NULL;
  char *copy = NULL;
  if (curl_url_get(url, what, &found, 0) == CURLUE_OK && found) copy = strdup(found);
  curl_free(found);
  return copy;
}

int ccurl_parse(const char *text, ccurl_address *address) {
  memset(address, 0, sizeof *address);
  CURLU *url = curl_url();
  if (!url) return 0;
  if (curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK) {
    address->scheme = part(url, CURLUPART_SCHEME);
    address->host = part(url, CURLUPART_HOST);
    address->port = part(url, CURLUPART_PORT);
    address->user = part(url, CURLUPART_USER);
    char *path = part(url, CURLUPART_PATH);
    char *query = part(url, CURLUPART_QUERY);
    size_t room = (path ? strlen(path) : 0) + (query ? strlen(query) : 0) + 3;
    address->path = malloc(room);
    if (address->path) {
      strcpy(address->path, path ? path : "/");
      if (query) strcat(strcat(address->path, "?"), query);
    }
    free(path);
    free(query);
  }
  curl_url_cleanup(url);
  int known = address->scheme && (!strcmp(address->scheme, "http") || !strcmp(address->scheme, "https"));
  if (known && address->host && *address->host && address->path) return 1;
  ccurl_free_address(address);
  return 0;
}

void ccurl_free_address(ccurl_address *address) {
  free(address->scheme);
  free(address->host);
  free(address->port);
  free(address->user);
  free(address->path);
  memset(address, 0, sizeof *address);
}

int64_t ccurl_date(const char *text) { return curl_getdate(text, NULL); }
