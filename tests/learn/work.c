/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Work that makes known events: work COMMAND [ARG...], each told of below. What a call says is printed:
 * "ok", or the name of its error.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int say(const char *what, int result)
{
	printf("%s: %s\n", what, result < 0 ? strerrorname_np(errno) : "ok");
	fflush(stdout);
	return result;
}

static struct sockaddr_in loopback(const char *port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
				    .sin_port = htons((unsigned short)atoi(port)),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int listen_at(const char *port)
{
	struct sockaddr_in at = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 8)) {
		say("listen", -1);
		exit(1);
	}
	return fd;
}

enum { PIECE = 65536 };

static void send_pieces(const char *port, int pieces, const char *congestion)
{
	static char piece[PIECE];
	struct sockaddr_in to = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	ssize_t n, some;

	if (congestion)
		say(congestion, setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, congestion, (socklen_t)strlen(congestion)));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to))) {
		say("connect", -1);
		return;
	}
	while (pieces--) {
		for (n = 0; n < PIECE; n += some) {
			some = send(fd, piece + n, (size_t)(PIECE - n), MSG_NOSIGNAL);
			if (some < 0) {
				say("send", -1);
				return;
			}
		}
	}
}

/* tcp PORT PIECES [CONGESTION CONTROL]: so many pieces of 64 KB through loopback */
static int do_tcp(char **arg)
{
	static char piece[PIECE];
	int listener = listen_at(arg[0]), fd;
	long got = 0;
	ssize_t n;

	if (!fork()) {
		close(listener);
		send_pieces(arg[0], atoi(arg[1]), arg[2]);
		_exit(0);
	}
	fd = accept(listener, NULL, NULL);
	while ((n = recv(fd, piece, sizeof(piece), 0)) > 0)
		got += n;
	wait(NULL);
	printf("got %ld bytes\n", got);
	return 0;
}

/* serve PORT TEXT: to the first that comes */
static int do_serve(char **arg)
{
	int listener = listen_at(arg[0]), fd;

	puts("serving");
	fflush(stdout);
	fd = accept(listener, NULL, NULL);
	return write(fd, arg[1], strlen(arg[1])) < 0;
}

/* connect PORT: and what is said there */
static int do_connect(char **arg)
{
	char text[64] = "";
	struct sockaddr_in to = loopback(arg[0]);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (say("connect", connect(fd, (struct sockaddr *)&to, sizeof(to))))
		return 0;
	if (read(fd, text, sizeof(text) - 1) > 0)
		puts(text);
	return 0;
}

/* bind PORT: and which port it became */
static int do_bind(char **arg)
{
	struct sockaddr_in at = loopback(arg[0]);
	socklen_t n = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (say("bind", bind(fd, (struct sockaddr *)&at, sizeof(at))))
		return 0;
	getsockname(fd, (struct sockaddr *)&at, &n);
	printf("port %d\n", ntohs(at.sin_port));
	return 0;
}

/* sockets: one of each kind */
static int do_sockets(char **arg)
{
	(void)arg;
	say("stream", socket(AF_INET, SOCK_STREAM, 0));
	say("datagram", socket(AF_INET, SOCK_DGRAM, 0));
	say("unix", socket(AF_UNIX, SOCK_STREAM, 0));
	return 0;
}

/* options: SO_MARK as it is said to be, and SO_PRIORITY set */
static int do_options(char **arg)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), v = 0, six = 6;
	socklen_t n = sizeof(v);

	(void)arg;
	say("getsockopt", getsockopt(fd, SOL_SOCKET, SO_MARK, &v, &n));
	printf("mark %d\n", v);
	say("setsockopt", setsockopt(fd, SOL_SOCKET, SO_PRIORITY, &six, sizeof(six)));
	return 0;
}

/* write FILE TEXT */
static int do_write(char **arg)
{
	int fd = open(arg[0], O_WRONLY);

	say(fd < 0 ? "open" : "write", fd < 0 ? fd : (int)write(fd, arg[1], strlen(arg[1])));
	return 0;
}

/* read FILE */
static int do_read(char **arg)
{
	char c;
	int fd = open(arg[0], O_RDONLY);

	say(fd < 0 ? "open" : "read", fd < 0 ? fd : (int)read(fd, &c, 1));
	return 0;
}

static int datagrams(const char *port)
{
	struct sockaddr_in at = loopback(port);
	int fd = socket(AF_INET, SOCK_DGRAM, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
	return bind(fd, (struct sockaddr *)&at, sizeof(at)) ? say("bind", -1) : fd;
}

/* receive PORT [2]: by a socket, or a group of two; says "at", their descriptors, and what comes until "end" does */
static int do_receive(char **arg)
{
	struct pollfd p[2] = {{.fd = datagrams(arg[0]), .events = POLLIN}, {.fd = -1, .events = POLLIN}};
	char text[64];
	ssize_t n;
	int i;

	if (arg[1])
		p[1].fd = datagrams(arg[0]);
	printf("at %d %d\n", p[0].fd, p[1].fd);
	fflush(stdout);
	while (poll(p, 2, -1) > 0) {
		for (i = 0; i < 2; i++) {
			if (!p[i].revents)
				continue;
			n = recv(p[i].fd, text, sizeof(text) - 1, 0);
			text[n > 0 ? n : 0] = 0;
			if (!strcmp(text, "end"))
				return 0;
			printf("got %s\n", text);
			fflush(stdout);
		}
	}
	return 1;
}

/* send PORT TEXT...: a datagram each */
static int do_send(char **arg)
{
	struct sockaddr_in to = loopback(arg[0]);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	for (arg++; *arg; arg++)
		if (sendto(fd, *arg, strlen(*arg), 0, (struct sockaddr *)&to, sizeof(to)) < 0)
			say("send", -1);
	return 0;
}

/* As libraries that encrypt have them: what is written is there at once, what is read only at the end. */
__attribute__((noinline)) int tls_write(void *s, const void *bytes, int n)
{
	__asm__ volatile("" ::"r"(s), "r"(bytes) : "memory");
	return n;
}

__attribute__((noinline)) int tls_read(void *s, void *bytes, int n)
{
	__asm__ volatile("" ::"r"(s) : "memory");
	memcpy(bytes, "the answer", (size_t)(n < 10 ? n : 10));
	return n < 10 ? n : 10;
}

/* tls N: so many questions and answers */
static int do_tls(char **arg)
{
	char bytes[32];
	int i;

	for (i = 0; i < atoi(arg[0]); i++) {
		memcpy(bytes, "the question", 12);
		tls_write(NULL, bytes, 12);
		memset(bytes, 0, sizeof(bytes));
		tls_read(NULL, bytes, sizeof(bytes));
	}
	return 0;
}

/* wait: until a signal ends it */
static int do_wait(char **arg)
{
	(void)arg;
	while (getppid() >= 0)
		usleep(1000);
	return 0;
}

/* calls N: getppid, so often */
static int do_calls(char **arg)
{
	int i;

	for (i = 0; i < atoi(arg[0]); i++)
		getppid();
	return 0;
}

static const struct command {
	const char *name;
	int (*run)(char **arg);
} commands[] = {
	{"tcp", do_tcp}, {"serve", do_serve}, {"connect", do_connect}, {"bind", do_bind},
	{"sockets", do_sockets}, {"options", do_options}, {"write", do_write}, {"read", do_read},
	{"receive", do_receive}, {"send", do_send}, {"tls", do_tls}, {"wait", do_wait}, {"calls", do_calls},
};

int main(int n, char **arg)
{
	size_t i;

	for (i = 0; n > 1 && i < sizeof(commands) / sizeof(*commands); i++)
		if (!strcmp(arg[1], commands[i].name))
			return commands[i].run(arg + 2);
	return 2;
}
