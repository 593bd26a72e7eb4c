/* A bounded load generator for one-to-one relays: one thread, epoll, its own client framing.
 *
 *   generator relay --port P --pairs N --warm S --seconds S --visitor-path /ws/en
 *                   [--console-port P --counsellor-path /ws --plan FILE]
 *   generator idle  --port P --sockets N --seconds S --visitor-path /ws/en [--hello]
 *
 * relay: closed loop, one message outstanding in each pair, visitor to counsellor. A message counts when its sender
 * has `accepted` and its peer has the very same 1,024 bytes. Prints START and END round the measured window, so that
 * the caller can take the server's CPU there, then one line of JSON.
 * idle: opens sockets one by one, prints READY, and answers pings until standard input ends.
 *
 * The plan is HTTP header lines for the counsellors' handshakes, an empty line, then for each pair the opening's 4,096
 * bytes and the conversation's id in 22 characters. Without a plan there is no set-up: the bare relay.
 * `#` in a path stands for the pair's number.
 *
 * Loopback only, at most 10,000 sockets and 120 seconds; it ends with its parent, and by itself.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { FRAME = 1024, PREFIX = 8, OPENING = 4096, ID = 22, COUNTER_AT = 31 };
enum { SOCKETS_LIMIT = 10000, SECONDS_LIMIT = 120, PATIENCE_MS = 20000, BUFFER = 16384, EVENTS = 256 };
enum { TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };

typedef struct {
  int fd, pair, counsellor;
  size_t filled, used; /* bytes in the buffer, and how many of them are parsed */
  uint8_t *buffer;
} Socket;

typedef struct {
  uint8_t frame[FRAME];
  uint64_t counter;
  int accepted, delivered;
} Pair;

typedef struct {
  int opcode;
  const uint8_t *body;
  size_t size;
} Message;

static const uint8_t MASK[4] = {0x5a, 0x13, 0xc7, 0x39};
static int port, console_port, pairs_count, sockets_count, hello;
static double warm_seconds = 1, window_seconds = 4;
static const char *visitor_path = "/ws/en", *counsellor_path = "/ws", *plan_path;
static char *plan_headers = "";
static uint8_t *plan_rows;
static Socket *sockets;
static Pair *pairs;
static int epoll;
static long completed;

static void die(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fprintf(stderr, "generator: ");
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  exit(2);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec * 1e-9;
}

static double own_cpu(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

/* ---- framing ---- */

static void write_all(int fd, const void *bytes, size_t size) {
  if (write(fd, bytes, size) != (ssize_t)size) die("a write did not fit into the socket");
}

static void send_message(Socket *socket, int opcode, const uint8_t *body, size_t size) {
  uint8_t out[OPENING + 8];
  size_t head = size < 126 ? 2 : 4;
  out[0] = 0x80 | opcode;
  out[1] = 0x80 | (size < 126 ? size : 126);
  if (head == 4) out[2] = size >> 8, out[3] = size & 255;
  memcpy(out + head, MASK, 4);
  head += 4;
  for (size_t i = 0; i < size; i++) out[head + i] = body[i] ^ MASK[i & 3];
  write_all(socket->fd, out, head + size);
}

static void fill(Socket *socket) {
  memmove(socket->buffer, socket->buffer + socket->used, socket->filled -= socket->used);
  socket->used = 0;
  ssize_t got = read(socket->fd, socket->buffer + socket->filled, BUFFER - socket->filled);
  if (got <= 0) die("the server closed socket %ld", (long)(socket - sockets));
  socket->filled += got;
}

/* The next whole message in the buffer; pings are answered on the way. Servers here never fragment. */
static int parse(Socket *socket, Message *message) {
  for (;;) {
    const uint8_t *at = socket->buffer + socket->used;
    size_t left = socket->filled - socket->used, head = 2;
    if (left < 2) return 0;
    size_t size = at[1] & 127;
    if (size == 126) {
      if (left < 4) return 0;
      size = at[2] << 8 | at[3], head = 4;
    }
    if (size > BUFFER - 16) die("a message is too long");
    if (left < head + size) return 0;
    socket->used += head + size;
    *message = (Message){at[0] & 15, at + head, size};
    if (message->opcode == CLOSE) die("closed with %d", size < 2 ? 0 : at[head] << 8 | at[head + 1]);
    if (message->opcode != PING) return 1;
    send_message(socket, PONG, message->body, size);
  }
}

static int starts(const Message *message, const char *text) {
  return message->opcode == TEXT && message->size >= strlen(text) && !memcmp(message->body, text, strlen(text));
}

/* ---- set-up, one socket after the other ---- */

static void wait_readable(Socket *socket) {
  struct pollfd asked = {socket->fd, POLLIN, 0};
  if (poll(&asked, 1, PATIENCE_MS) <= 0) die("socket %ld hears nothing", (long)(socket - sockets));
}

static void expect(Socket *socket, const char *text) {
  Message message;
  for (;;) {
    while (parse(socket, &message)) {
      if (starts(&message, text)) return;
      if (starts(&message, "{\"t\":\"refused\"")) die("%.*s", (int)message.size, message.body);
    }
    wait_readable(socket);
    fill(socket);
  }
}

static void write_path(char *out, const char *path, int pair) {
  for (; *path; path++) out += *path == '#' ? sprintf(out, "%d", pair) : (*out = *path, 1);
  *out = 0;
}

static void shake_hands(Socket *socket, int to) {
  char path[256], request[4096];
  write_path(path, socket->counsellor ? counsellor_path : visitor_path, socket->pair);
  int size = snprintf(request, sizeof request,
                      "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s\r\n",
                      path, to, socket->counsellor ? plan_headers : "");
  write_all(socket->fd, request, size);
  char *end;
  do {
    wait_readable(socket);
    fill(socket);
    end = memmem(socket->buffer, socket->filled, "\r\n\r\n", 4);
  } while (!end);
  if (memcmp(socket->buffer, "HTTP/1.1 101 ", 13)) die("refused: %.*s", (int)socket->filled, socket->buffer);
  socket->used = end + 4 - (char *)socket->buffer;
}

static void dial(Socket *here, int pair, int counsellor) {
  int to = counsellor ? console_port : port, on = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(to), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  *here = (Socket){.fd = socket(AF_INET, SOCK_STREAM, 0), .pair = pair, .counsellor = counsellor};
  here->buffer = malloc(BUFFER);
  if (connect(here->fd, (struct sockaddr *)&address, sizeof address)) die("nobody listens on port %d", to);
  setsockopt(here->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  shake_hands(here, to);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = here};
  epoll_ctl(epoll, EPOLL_CTL_ADD, here->fd, &event);
}

static void read_plan(void) {
  FILE *file = fopen(plan_path, "rb");
  if (!file) die("the plan cannot be read");
  size_t rows = (size_t)pairs_count * (OPENING + ID), room = rows + 8192;
  char *raw = calloc(1, room + 1);
  size_t size = fread(raw, 1, room, file);
  fclose(file);
  char *end = memmem(raw, size, "\r\n\r\n", 4);
  if (!end || size - (end + 4 - raw) != rows) die("the plan has the wrong size");
  end[2] = 0; /* the last header line keeps its own line end */
  plan_headers = raw, plan_rows = (uint8_t *)end + 4;
}

/* The open part of a frame as crypto/README.md says; the rest is random, which nobody can tell from ciphertext. */
static void compose_frame(Pair *pair, const uint8_t *conversation) {
  for (int i = 0; i < FRAME; i++) pair->frame[i] = rand() >> 8;
  memset(pair->frame, 0, COUNTER_AT - 8); /* the instance stays random */
  pair->frame[0] = pair->frame[1] = 1;
  memcpy(pair->frame + 2, conversation, 16);
  pair->frame[21] = 1; /* generation */
  pair->frame[22] = 1; /* direction: visitor */
}

static void open_pair(int number) {
  Socket *visitor = &sockets[2 * number], *counsellor = visitor + 1;
  uint8_t none[16] = {0}, *row = plan_rows + (size_t)number * (OPENING + ID);
  char take[64];
  dial(visitor, number, 0);
  if (plan_path) {
    expect(visitor, "{\"t\":\"hello\"");
    send_message(visitor, BINARY, row, OPENING);
    expect(visitor, "{\"t\":\"opened\"");
  }
  dial(counsellor, number, 1);
  if (plan_path) {
    int size = sprintf(take, "{\"t\":\"take\",\"conversation\":\"%.22s\"}", (char *)row + OPENING);
    send_message(counsellor, TEXT, (uint8_t *)take, size);
    expect(counsellor, "{\"t\":\"opening\"");
  }
  compose_frame(&pairs[number], plan_path ? row + 1 : none);
}

/* ---- relay ---- */

static void send_next(Pair *pair) {
  for (int i = 0; i < 8; i++) pair->frame[COUNTER_AT + i] = pair->counter >> (56 - 8 * i);
  pair->accepted = pair->delivered = 0;
  send_message(&sockets[2 * (pair - pairs)], BINARY, pair->frame, FRAME);
}

static void hear_visitor(Pair *pair, const Message *message) {
  char counter[40];
  if (starts(message, "{\"t\":\"refused\"")) die("%.*s", (int)message->size, message->body);
  if (!starts(message, "{\"t\":\"accepted\"")) return;
  int size = sprintf(counter, "\"counter\":%lu,", (unsigned long)pair->counter);
  if (plan_path && !memmem(message->body, message->size, counter, size)) die("another counter was accepted");
  if (pair->accepted++) die("a message was accepted twice");
}

static void hear_counsellor(Pair *pair, const Message *message) {
  if (message->opcode != BINARY) return;
  if (message->size != PREFIX + FRAME || memcmp(message->body + PREFIX, pair->frame, FRAME)) die("another frame came");
  if (pair->delivered++) die("a message was delivered twice");
}

static void hear(Socket *socket, const Message *message) {
  Pair *pair = &pairs[socket->pair];
  (socket->counsellor ? hear_counsellor : hear_visitor)(pair, message);
  if (!pair->accepted || !pair->delivered) return;
  completed++;
  pair->counter++;
  send_next(pair);
}

static void turn(void) {
  struct epoll_event events[EVENTS];
  Message message;
  int ready = epoll_wait(epoll, events, EVENTS, 20);
  for (int i = 0; i < ready; i++) {
    Socket *socket = events[i].data.ptr;
    fill(socket);
    while (parse(socket, &message))
      if (pairs) hear(socket, &message);
  }
}

static void say(const char *word) {
  puts(word);
  fflush(stdout);
}

static void relay(void) {
  pairs = calloc(pairs_count, sizeof *pairs);
  if (plan_path) read_plan();
  for (int i = 0; i < pairs_count; i++) open_pair(i);
  for (int i = 0; i < pairs_count; i++) send_next(&pairs[i]);
  for (double end = now() + warm_seconds; now() < end;) turn();
  long before = completed;
  double start = now(), cpu = own_cpu();
  say("START");
  while (now() < start + window_seconds) turn();
  double seconds = now() - start;
  cpu = own_cpu() - cpu;
  say("END");
  printf("{\"messages\":%ld,\"seconds\":%.4f,\"cpu\":%.4f}\n", completed - before, seconds, cpu);
}

/* ---- idle ---- */

static void idle(void) {
  for (int i = 0; i < sockets_count; i++) {
    dial(&sockets[i], i, 0);
    if (hello) expect(&sockets[i], "{\"t\":\"hello\"");
  }
  say("READY");
  struct pollfd input = {0, POLLIN, 0};
  for (double end = now() + window_seconds; now() < end && !poll(&input, 1, 0);) turn();
}

int main(int count, char **words) {
  if (count < 2) die("relay or idle?");
  int relaying = !strcmp(words[1], "relay");
  for (int i = 2; i < count; i++) {
    const char *name = words[i];
    if (!strcmp(name, "--hello")) { hello = 1; continue; }
    if (++i == count) die("%s lacks its value", name);
    if (!strcmp(name, "--port")) port = atoi(words[i]);
    else if (!strcmp(name, "--console-port")) console_port = atoi(words[i]);
    else if (!strcmp(name, "--pairs")) pairs_count = atoi(words[i]);
    else if (!strcmp(name, "--sockets")) sockets_count = atoi(words[i]);
    else if (!strcmp(name, "--warm")) warm_seconds = atof(words[i]);
    else if (!strcmp(name, "--seconds")) window_seconds = atof(words[i]);
    else if (!strcmp(name, "--visitor-path")) visitor_path = words[i];
    else if (!strcmp(name, "--counsellor-path")) counsellor_path = words[i];
    else if (!strcmp(name, "--plan")) plan_path = words[i];
    else die("%s is unknown", name);
  }
  if (!console_port) console_port = port;
  if (relaying) sockets_count = 2 * pairs_count;
  if (sockets_count < 1 || sockets_count > SOCKETS_LIMIT || warm_seconds + window_seconds > SECONDS_LIMIT)
    die("out of bounds");
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  signal(SIGPIPE, SIG_IGN);
  alarm(2 * SECONDS_LIMIT);
  epoll = epoll_create1(0);
  sockets = calloc(sockets_count, sizeof *sockets);
  relaying ? relay() : idle();
  return 0;
}
