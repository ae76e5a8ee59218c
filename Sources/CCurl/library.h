#ifndef CCURL_LIBRARY_H
#define CCURL_LIBRARY_H

// libcurl, opened when it is first needed: it brings thirty libraries, which every `scenehf --help` would load.
// Include this instead of curl/curl.h.
// The checks of types are macros of the same names.
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#define CURL_FUNCTIONS(F) \
  F(easy_cleanup) F(easy_getinfo) F(easy_init) F(easy_setopt) F(easy_strerror) F(free) F(getdate) \
  F(global_init) F(mime_addpart) F(mime_data) F(mime_filename) F(mime_free) F(mime_init) F(mime_name) \
  F(mime_type) F(multi_add_handle) F(multi_cleanup) F(multi_info_read) F(multi_init) F(multi_perform) \
  F(multi_poll) F(multi_remove_handle) F(multi_wakeup) F(slist_append) F(slist_free_all) F(url) \
  F(url_cleanup) F(url_get) F(url_set)

struct curl_functions {
#define DECLARE(name) __typeof__(curl_##name) *name;
  CURL_FUNCTIONS(DECLARE)
#undef DECLARE
};

/// The library's functions; the first call opens it.
const struct curl_functions *ccurl_library(void);

// The header has macros of these names, for its checks.
#undef curl_easy_setopt
#undef curl_easy_getinfo

#define curl_easy_cleanup ccurl_library()->easy_cleanup
#define curl_easy_getinfo ccurl_library()->easy_getinfo
#define curl_easy_init ccurl_library()->easy_init
#define curl_easy_setopt ccurl_library()->easy_setopt
#define curl_easy_strerror ccurl_library()->easy_strerror
#define curl_free ccurl_library()->free
#define curl_getdate ccurl_library()->getdate
#define curl_global_init ccurl_library()->global_init
#define curl_mime_addpart ccurl_library()->mime_addpart
#define curl_mime_data ccurl_library()->mime_data
#define curl_mime_filename ccurl_library()->mime_filename
#define curl_mime_free ccurl_library()->mime_free
#define curl_mime_init ccurl_library()->mime_init
#define curl_mime_name ccurl_library()->mime_name
#define curl_mime_type ccurl_library()->mime_type
#define curl_multi_add_handle ccurl_library()->multi_add_handle
#define curl_multi_cleanup ccurl_library()->multi_cleanup
#define curl_multi_info_read ccurl_library()->multi_info_read
#define curl_multi_init ccurl_library()->multi_init
#define curl_multi_perform ccurl_library()->multi_perform
#define curl_multi_poll ccurl_library()->multi_poll
#define curl_multi_remove_handle ccurl_library()->multi_remove_handle
#define curl_multi_wakeup ccurl_library()->multi_wakeup
#define curl_slist_append ccurl_library()->slist_append
#define curl_slist_free_all ccurl_library()->slist_free_all
#define curl_url ccurl_library()->url
#define curl_url_cleanup ccurl_library()->url_cleanup
#define curl_url_get ccurl_library()->url_get
#define curl_url_set ccurl_library()->url_set

#endif
