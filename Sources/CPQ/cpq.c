#include "cpq.h"

#include <dlfcn.h>
#include <poll.h>
#include <postgresql/libpq-fe.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define PQ_FUNCTIONS(F) \
  F(PQclear) F(PQcmdTuples) F(PQconnectdbParams) F(PQconsumeInput) F(PQerrorMessage) F(PQfinish) F(PQfreemem) \
  F(PQgetResult) F(PQgetvalue) F(PQisBusy) F(PQnotifies) F(PQntuples) F(PQresultErrorField) F(PQresultErrorMessage) \
  F(PQresultStatus) F(PQsendQueryParams) F(PQsetNoticeProcessor) F(PQsocket) F(PQstatus)

static struct {
#define DECLARE(name) __typeof__(name) *name;
  PQ_FUNCTIONS(DECLARE)
#undef DECLARE
} pq;

static int is_open;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void open_library(void) {
  void *library = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
  if (!library) return;
#define FIND(name) \
  if (!(pq.name = (__typeof__(pq.name))dlsym(library, #name))) return;
  PQ_FUNCTIONS(FIND)
#undef FIND
  is_open = 1;
}

/// The server's remarks would go to standard error.
static void ignore(void *context, const char *message) {
  (void)context;
  (void)message;
}

cpq_connection cpq_connect(const char *uri, const char *application, int seconds) {
  pthread_once(&once, open_library);
  if (!is_open) return NULL;
  char patience[16];
  snprintf(patience, sizeof patience, "%d", seconds);
  // What the URI says comes last and so prevails; libpq takes it apart where it stands as the name of the database.
  const char *names[] = {"connect_timeout", "fallback_application_name", "keepalives_idle", "dbname", NULL};
  const char *values[] = {patience, application, "5", uri, NULL};
  PGconn *connection = pq.PQconnectdbParams(names, values, 1);
  if (connection) pq.PQsetNoticeProcessor(connection, ignore, NULL);
  return connection;
}

int cpq_is_open(cpq_connection connection) { return pq.PQstatus(connection) == CONNECTION_OK; }

const char *cpq_error(cpq_connection connection) { return pq.PQerrorMessage(connection); }

void cpq_close(cpq_connection connection) { pq.PQfinish(connection); }

static long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

int cpq_wait(cpq_connection connection, int milliseconds) {
  struct pollfd socket = {.fd = pq.PQsocket(connection), .events = POLLIN};
  if (socket.fd < 0) return -1;
  int ready = poll(&socket, 1, milliseconds);
  if (ready <= 0) return 0;
  return pq.PQconsumeInput(connection) ? 1 : -1;
}

cpq_result cpq_run(
    cpq_connection connection, const char *command, int count, const char *const *values, int milliseconds) {
  if (!pq.PQsendQueryParams(connection, command, count, NULL, values, NULL, NULL, 0)) return NULL;
  long end = now() + milliseconds;
  PGresult *last = NULL;
  while (1) {
    while (pq.PQisBusy(connection)) {
      long left = end - now();
      if (left <= 0 || cpq_wait(connection, (int)left) < 0) {
        pq.PQclear(last);
        return NULL;
      }
    }
    PGresult *result = pq.PQgetResult(connection);
    if (!result) break;
    pq.PQclear(last);
    last = result;
  }
  if (!cpq_is_open(connection)) {
    pq.PQclear(last);
    return NULL;
  }
  return last;
}

const char *cpq_state(cpq_result result) {
  ExecStatusType status = pq.PQresultStatus(result);
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return "";
  const char *state = pq.PQresultErrorField(result, PG_DIAG_SQLSTATE);
  return state ? state : "XX000";
}

const char *cpq_complaint(cpq_result result) { return pq.PQresultErrorMessage(result); }

int cpq_rows(cpq_result result) { return pq.PQntuples(result); }

int cpq_changed(cpq_result result) {
  int count = 0;
  sscanf(pq.PQcmdTuples(result), "%d", &count);
  return count;
}

const char *cpq_value(cpq_result result, int row, int column) { return pq.PQgetvalue(result, row, column); }

void cpq_free(cpq_result result) { pq.PQclear(result); }

int cpq_notification(cpq_connection connection, char *channel, int channel_size, char *payload, int payload_size) {
  PGnotify *note = pq.PQnotifies(connection);
  if (!note) return 0;
  snprintf(channel, (size_t)channel_size, "%s", note->relname);
  snprintf(payload, (size_t)payload_size, "%s", note->extra);
  pq.PQfreemem(note);
  return 1;
}
