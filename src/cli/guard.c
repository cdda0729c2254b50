/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A process that undoes what we could not. See guard.h. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/guard.h"

struct answer {
	int err;
	char text[CLI_GUARD_TEXT];
};

/* In the other process; never returns. A signal to our group does not reach it. */
static void serve(int fd, const struct cli_guarded *job)
{
	struct answer a = {0};
	char none;
	ssize_t n;

	setsid();
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	a.err = job->begin(job->ctx, a.text);
	n = write(fd, &a, sizeof(a));
	while (n > 0 && !a.err && (n = read(fd, &none, 1)) < 0 && errno == EINTR)
		n = 1;
	if (!a.err)
		job->end(job->ctx);
	_exit(0);
}

static int hear(struct cli_guard *g)
{
	struct answer a;
	ssize_t n;

	do
		n = read(g->fd, &a, sizeof(a));
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(a))
		return -EIO;
	__builtin_memcpy(g->text, a.text, sizeof(g->text));
	return a.err;
}

int cli_guard_start(const struct cli_guarded *job, struct cli_guard *ret_guard)
{
	struct cli_guard g;
	int end[2], err;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, end))
		return -errno;
	g.pid = fork();
	if (!g.pid) {
		close(end[0]);
		serve(end[1], job);
	}
	err = g.pid < 0 ? -errno : 0;
	g.fd = end[0];
	close(end[1]);
	if (!err)
		err = hear(&g);
	if (err && g.pid > 0)
		cli_guard_end(&g);
	else if (err)
		close(g.fd);
	else
		*ret_guard = g;
	return err;
}

void cli_guard_end(struct cli_guard *g)
{
	if (g->fd < 0)
		return;
	shutdown(g->fd, SHUT_RDWR); /* another guard may have a copy of it */
	close(g->fd);
	g->fd = -1;
	while (waitpid(g->pid, NULL, 0) < 0 && errno == EINTR)
		;
}
