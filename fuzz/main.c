/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Runs a fuzz target without a fuzzer, with any compiler.
 *
 *	TARGET PATH...				every file, and every file in the folders
 *	TARGET --random N SEED [PATH...]	N inputs made from SEED: random bytes, and what is read
 *						from the paths with mutations
 *
 * An input fails when the target aborts or crashes, when a sanitizer complains, when it takes
 * longer than INPUT_SECONDS, or when allocations are left over (in builds that count them). It is
 * then in the file crash-HASH, and the process ends as the fault would have it. The same seed gives
 * the same inputs, as long as the paths have the same files.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

enum { INPUT_SECONDS = 20, INPUT_MAX = 1 << 20, RANDOM_MAX = 4096, DEPTH_MAX = 8 };

/* A sanitizer's verdict is to end in SIGABRT, where the input is saved. */
#define SEEN_BY_SANITIZERS __attribute__((visibility("default"), used))
const char *__asan_default_options(void) SEEN_BY_SANITIZERS;
const char *__asan_default_options(void)
{
	return "abort_on_error=1:handle_abort=0:allocator_may_return_null=1";
}

const char *__ubsan_default_options(void) SEEN_BY_SANITIZERS;
const char *__ubsan_default_options(void)
{
	return "abort_on_error=1:print_stacktrace=1";
}

void __asan_init(void) __attribute__((weak));

/* ---- one input ---- */

/* What the target is looking at; the handler of signals reads it. */
static const uint8_t *volatile input;
static volatile size_t input_size;
static const char *volatile input_name; /* of the file it was read or made from */

static void say(const char *s)
{
	if (write(STDERR_FILENO, s, strlen(s)) < 0)
		return;
}

/* Only what is safe in a handler of signals: no stdio, no allocation. */
static void save(void)
{
	char path[] = "crash-0123456789abcdef";
	uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
	size_t i;
	int fd;

	if (!input) {
		say("between two inputs\n");
		return;
	}
	for (i = 0; i < input_size; i++)
		hash = (hash ^ input[i]) * UINT64_C(0x100000001b3);
	for (i = 0; i < 16; i++)
		path[6 + i] = "0123456789abcdef"[hash >> (60 - 4 * i) & 15];
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (fd >= 0 && !file_write_fd(fd, (const uint8_t *)input, input_size) && !close(fd))
		say(path);
	else
		say("(cannot be saved)");
	say(" is the input that failed, made from ");
	say(input_name);
	say("\n");
}

static void on_fault(int sig)
{
	say(sig == SIGALRM ? "too slow: " : sig == SIGABRT ? "aborted: " : "crashed: ");
	save();
	signal(sig, SIG_DFL);
	raise(sig); /* once the handler has returned: the signal is blocked until then */
}

static void catch_faults(void)
{
	static char stack[64 << 10]; /* a stack that has overflowed is none to run on */
	stack_t other = {.ss_sp = stack, .ss_size = sizeof(stack)};
	static const int faults[] = {SIGABRT, SIGALRM, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
	struct sigaction act = {.sa_handler = on_fault, .sa_flags = SA_ONSTACK};
	size_t i,
		n = __asan_init ? 2 : ARRAY_LEN(faults); /* ASan explains the others, then aborts */

	if (!__asan_init)
		sigaltstack(&other, NULL);
	for (i = 0; i < n; i++)
		sigaction(faults[i], &act, NULL);
}

/* The target gets a copy with nothing behind it, so that reading on is seen. */
static void run_input(const uint8_t *data, size_t size, const char *name)
{
	uint8_t *copy = malloc(size ? size : 1);
	int64_t live = mem_live();

	if (!copy) {
		say("out of memory\n");
		exit(2);
	}
	if (size)
		memcpy(copy, data, size);
	input = data;
	input_size = size;
	input_name = name;
	alarm(INPUT_SECONDS);
	LLVMFuzzerTestOneInput(copy, size);
	alarm(0);
	if (mem_live() != live) {
		say("allocations were not freed: ");
		abort();
	}
	free(copy);
	input = NULL;
}

/* ---- the files ---- */

struct sample {
	char *name;
	struct file file;
};

static struct sample *samples;
static size_t sample_count;

static char *join(const char *a, const char *b)
{
	size_t n = strlen(a) + strlen(b) + 2;
	char *s = malloc(n);

	if (!s)
		exit(2);
	snprintf(s, n, "%s%s%s", a, *b ? "/" : "", b);
	return s;
}

static void add_file(const char *path)
{
	struct sample s = {.name = join(path, "")};

	if (file_read(path, INPUT_MAX, NULL, &s.file)) {
		fprintf(stderr, "cannot read %s\n", path);
		exit(2);
	}
	samples = realloc(samples, (sample_count + 1) * sizeof(*samples));
	if (!samples)
		exit(2);
	samples[sample_count++] = s;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void add_path(const char *path, int depth)
{
	struct dirent **names;
	struct stat st;
	char *below;
	int i, n;

	if (stat(path, &st) || depth > DEPTH_MAX) {
		fprintf(stderr, "cannot read %s\n", path);
		exit(2);
	}
	if (!S_ISDIR(st.st_mode)) {
		add_file(path);
		return;
	}
	n = scandir(path, &names, NULL, by_name);
	for (i = 0; i < n; i++) {
		below = join(path, names[i]->d_name);
		if (names[i]->d_name[0] != '.')
			add_path(below, depth + 1);
		free(below);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

/* ---- random inputs ---- */

static uint64_t state;

/* splitmix64 */
static uint64_t next(void)
{
	uint64_t z = (state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static size_t below(size_t n)
{
	return n ? (size_t)(next() % n) : 0;
}

/* MIN would draw its random argument twice. */
static size_t least(size_t a, size_t b)
{
	return MIN(a, b);
}

/* Mostly small, of every magnitude. */
static size_t some_length(size_t max)
{
	return below((size_t)1 << below(13)) % (max + 1);
}

static uint8_t work[INPUT_MAX + RANDOM_MAX];
static size_t work_size;

static const struct sample *some_sample(void)
{
	return sample_count ? &samples[below(sample_count)] : NULL;
}

/* n bytes into the place of `gone` bytes at `at`. */
static void replace(size_t at, size_t gone, const void *bytes, size_t n)
{
	if (work_size - gone + n > INPUT_MAX)
		return;
	memmove(work + at + n, work + at + gone, work_size - at - gone);
	if (n)
		memcpy(work + at, bytes, n);
	work_size = work_size - gone + n;
}

static void put_token(size_t at)
{
	static const char *const tokens[] = {
		"0",
		"-1",
		"1",
		"0x",
		"0xffffffff",
		"18446744073709551615",
		"-9223372036854775808",
		"4294967296",
		"\n",
		" ",
		"\t",
		"(",
		")",
		"[",
		"]",
		"{",
		"}",
		"\"",
		"'",
		",",
		";",
		":",
		"#",
		"//",
		"/*",
		"*/",
		"=",
		"+",
		"-",
		"*",
		"&",
		"%",
		"\\",
		"\xc3\xa9",
		"\xff",
		"1e308",
		"65536",
		"32768",
		"-32769",
	};
	const char *token = tokens[below(ARRAY_LEN(tokens))];
	size_t gone = below(4) ? 0 : below(least(work_size - at, (size_t)8) + 1);

	replace(at, gone, token, strlen(token));
}

/* A number that is the end of some range, as binary formats hold it. */
static void put_number(size_t at)
{
	static const uint64_t edges[] = {
		0,
		1,
		0x7f,
		0x80,
		0xff,
		0x7fff,
		0x8000,
		0xffff,
		0x7fffffff,
		0x80000000,
		0xffffffff,
		INT64_MAX,
		(uint64_t)INT64_MIN,
		UINT64_MAX,
	};
	uint64_t v = edges[below(ARRAY_LEN(edges))] + below(3) - 1;
	size_t size = (size_t)1 << below(4);

	replace(at, least(size, work_size - at), &v, size);
}

/* A piece of a sample, from one blank to the next or of any length. */
static void put_piece(size_t at)
{
	const struct sample *s = some_sample();
	size_t from, n, gone = below(2) ? 0 : below(work_size - at + 1);

	if (!s || !s->file.size)
		return;
	from = below(s->file.size);
	n = least(below(2) ? some_length(200) : RANDOM_MAX, s->file.size - from);
	if (below(2)) {
		const uint8_t *p = s->file.data + from;
		size_t word = 0;

		while (word < n && p[word] > ' ')
			word++;
		n = word;
	}
	replace(at, gone, s->file.data + from, least(n, (size_t)RANDOM_MAX));
}

static void mutate(void)
{
	size_t at = below(work_size + 1), n;
	uint8_t bytes[64];

	switch (below(9)) {
	case 0: /* one bit */
		if (at < work_size)
			work[at] ^= (uint8_t)(1 << below(8));
		return;
	case 1: /* one byte */
		if (at < work_size)
			work[at] = (uint8_t)next();
		return;
	case 2: /* some bytes more */
		for (n = 0; n < sizeof(bytes); n++)
			bytes[n] = (uint8_t)next();
		replace(at, 0, bytes, below(sizeof(bytes)));
		return;
	case 3: /* some bytes less */
		replace(at, least(some_length(200), work_size - at), NULL, 0);
		return;
	case 4: /* nothing behind */
		if (!below(4))
			work_size = at;
		return;
	case 5: /* the same again */
		n = least(below(sizeof(bytes)), work_size - at);
		memcpy(bytes, work + at, n);
		replace(below(work_size + 1), 0, bytes, n);
		return;
	case 6:
		put_token(at);
		return;
	case 7:
		put_number(at);
		return;
	default:
		put_piece(at);
	}
}

static void random_input(void)
{
	const struct sample *s = below(8) ? some_sample() : NULL;
	size_t i, n = 1 + below(8);
	bool printable = below(2);

	work_size = 0;
	if (s) {
		replace(0, 0, s->file.data, s->file.size);
		for (i = 0; i < n; i++)
			mutate();
	} else {
		work_size = some_length(RANDOM_MAX);
		for (i = 0; i < work_size; i++)
			work[i] = (uint8_t)(printable ? ' ' + below(95) : next());
	}
	run_input(work, work_size, s ? s->name : "nothing");
}

/* ---- */

static int usage(const char *self)
{
	fprintf(stderr, "usage: %s PATH...\n       %s --random N SEED [PATH...]\n", self, self);
	return 2;
}

int main(int argc, char **argv)
{
	bool random = argc > 1 && !strcmp(argv[1], "--random");
	uint64_t n = 0, i;
	int k;

	if (random ? argc < 4 || num_parse_u64(argv[2], strlen(argv[2]), &n) ||
			     num_parse_u64(argv[3], strlen(argv[3]), &state)
		   : argc < 2 || argv[1][0] == '-')
		return usage(argv[0]);
	if (LLVMFuzzerInitialize)
		LLVMFuzzerInitialize(&argc, &argv);
	for (k = random ? 4 : 1; k < argc; k++)
		add_path(argv[k], 0);
	catch_faults();
	for (i = 0; random && i < n; i++)
		random_input();
	for (i = 0; !random && i < sample_count; i++)
		run_input(samples[i].file.data, samples[i].file.size, samples[i].name);
	printf("%llu inputs\n", (unsigned long long)(random ? n : sample_count));
	for (i = 0; i < sample_count; i++) {
		file_done(&samples[i].file);
		free(samples[i].name);
	}
	free(samples);
	return 0;
}
