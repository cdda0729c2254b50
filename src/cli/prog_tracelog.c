/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * skep prog tracelog: what programs print. Without words the trace_pipe of the whole system, until ^C;
 * with "stdout PROG" or "stderr PROG" what is in that program's stream.
 *
 * Text is passed on as it is; as JSON each line is a string of an array, which ^C ends.
 */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/prog.h"

enum { CHUNK = 1 << 16, STREAM_STDOUT = 1, STREAM_STDERR = 2 };

static volatile sig_atomic_t asked_to_end;

static void on_signal(int sig)
{
	(void)sig;
	asked_to_end = 1;
}

/* Without SA_RESTART: a read that waits ends, too. */
static void catch_signals(void)
{
	struct sigaction sa = {.sa_handler = on_signal};

	asked_to_end = 0;
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
}

/* Whole lines; the rest stays for what comes. */
static void put_lines(struct str *rest, struct out *o)
{
	const char *at = rest->s, *nl;
	size_t left;

	for (; (nl = strchr(at, '\n')); at = nl + 1)
		out_strn(o, NULL, at, (size_t)(nl - at));
	left = strlen(at);
	memmove(rest->s, at, left + 1);
	rest->n = left;
}

static int put(const char *bytes, size_t n, struct str *rest, struct out *o)
{
	if (!out_is_json(o))
		return file_write_fd(STDOUT_FILENO, bytes, n);
	str_addn(rest, bytes, n);
	put_lines(rest, o);
	return str_err(rest) ? str_err(rest) : out_flush(o);
}

static int copy_pipe(struct out *o, struct str *rest)
{
	int fd = kern_tracefs_open("trace_pipe"), err = 0;
	char *bytes = mem_alloc(CHUNK);
	ssize_t n;

	if (fd < 0 || !bytes) {
		mem_free(bytes);
		if (fd >= 0)
			close(fd);
		return fd < 0 ? fd : -ENOMEM;
	}
	while (!err && !asked_to_end) {
		n = read(fd, bytes, CHUNK);
		if (n > 0)
			err = put(bytes, (size_t)n, rest, o);
		else if (!n || errno != EINTR)
			err = n ? -errno : 1;
	}
	close(fd);
	mem_free(bytes);
	return err > 0 ? 0 : err;
}

static int copy_stream(struct engine *e, int prog, uint32_t stream, struct out *o, struct str *rest)
{
	char *bytes = mem_alloc(CHUNK);
	union engine_attr attr;
	int n = bytes ? 1 : -ENOMEM, err = 0;

	while (n > 0 && !err) {
		attr = (union engine_attr){.stream_read = {.buf = engine_ptr(bytes), .len = CHUNK, .stream = stream,
							   .prog_fd = (uint32_t)prog}};
		n = engine_bpf(e, ABI_CMD_PROG_STREAM_READ_BY_FD, &attr, sizeof(attr.stream_read));
		if (n > 0)
			err = put(bytes, (size_t)n, rest, o);
	}
	mem_free(bytes);
	return n < 0 ? n : err;
}

static int run(const struct opt_args *a)
{
	struct cli_words w = cli_words(a);
	struct cli_handle h = {0};
	uint32_t stream = 0;
	struct str rest;
	struct out o;
	int err = 0;

	if (cli_word(&w)) {
		stream = cli_word_is(&w, "stdout") ? STREAM_STDOUT : cli_word_is(&w, "stderr") ? STREAM_STDERR : 0;
		err = stream ? cli_handle_one(&w, ENGINE_PROG, &h) : cli_words_end(&w);
	}
	if (!err)
		err = cli_words_end(&w);
	if (err) {
		cli_handle_done(&h);
		return CLI_FAILED;
	}
	catch_signals();
	cli_out_init(w.c, &o);
	str_init(&rest, 1 << 20);
	if (out_is_json(&o))
		out_array(&o, NULL, OUT_LIST);
	err = stream ? copy_stream(h.engine, h.fd.at[0], stream, &o, &rest) : copy_pipe(&o, &rest);
	if (out_is_json(&o) && rest.n)
		out_str(&o, NULL, rest.s);
	if (out_is_json(&o))
		out_end(&o);
	if (err)
		noun_failed(w.c, stream ? "cannot read the stream" : "cannot read trace_pipe", err);
	str_done(&rest);
	cli_handle_done(&h);
	return cli_out_done(w.c, &o, err ? CLI_FAILED : CLI_OK);
}

static const struct opt_example examples[] = {
	{"skep prog tracelog", "what bpf_printk writes, until ^C"},
	{"skep prog tracelog stderr name filter", "what a program reported of itself (Linux 6.17)"},
	{0},
};

const struct opt_command prog_tracelog_command = {
	.name = "tracelog",
	.args = "[stdout|stderr " PROG_ARG "]",
	.summary = "show what programs print",
	.examples = examples,
	.run = run,
	.min_args = 0,
	.max_args = -1,
};
