/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel's symbols. /proc/kallsyms is read whole, as it comes in no other way, and kept; the index has
 * where each line is, by address. The kernel's own symbols come sorted, modules behind them: what is in
 * order already is not sorted again.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "sym/impl.h"

enum { TEXT_MAX = 256 << 20, READ_AT_ONCE = 1 << 20 };

struct entry {
	uint64_t addr;
	uint32_t at; /* its name in the text */
};

struct sym_kernel {
	struct str text;
	VEC(struct entry) entry;
};

static int read_all(const char *path, struct str *s)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *buffer;
	ssize_t n;

	if (fd < 0)
		return -errno;
	buffer = mem_alloc(READ_AT_ONCE);
	if (!buffer) {
		close(fd);
		return -ENOMEM;
	}
	while ((n = read(fd, buffer, READ_AT_ONCE)) > 0)
		str_addn(s, buffer, (size_t)n);
	mem_free(buffer);
	close(fd);
	return n < 0 ? -EIO : str_err(s);
}

static unsigned digit(char c)
{
	return c >= '0' && c <= '9' ? (unsigned)(c - '0') : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 16;
}

/* "ffffffff81000000 T _stext\t[module]" */
static bool read_line(const char *line, size_t len, struct entry *ret, const char *text)
{
	uint64_t addr = 0;
	size_t i;

	for (i = 0; i < len && digit(line[i]) < 16; i++)
		addr = addr << 4 | digit(line[i]);
	if (i + 3 >= len || line[i] != ' ' || line[i + 2] != ' ')
		return false;
	ret->addr = addr;
	ret->at = (uint32_t)(line + i + 3 - text);
	return true;
}

static int by_addr(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

static size_t count_lines(const struct str *s)
{
	const char *at = s->s, *end = at + s->n;
	size_t n = 0;

	for (; (at = memchr(at, '\n', (size_t)(end - at))); at++)
		n++;
	return n;
}

static int make_index(struct sym_kernel *k)
{
	const char *at = k->text.s, *end = at + k->text.n, *nl;
	struct entry e;
	bool sorted = true, any = false;
	uint64_t last = 0;
	int err = vec_reserve(&k->entry, count_lines(&k->text));

	for (; at < end && !err; at = nl + 1) {
		nl = memchr(at, '\n', (size_t)(end - at));
		if (!nl)
			break;
		if (!read_line(at, (size_t)(nl - at), &e, k->text.s))
			continue;
		sorted &= e.addr >= last;
		any |= e.addr != 0;
		last = e.addr;
		err = vec_push(&k->entry, e);
	}
	if (!err && !any) /* kptr_restrict: zeros instead of addresses */
		err = -EPERM;
	if (!err && !sorted)
		qsort(k->entry.at, k->entry.n, sizeof(*k->entry.at), by_addr);
	return err;
}

int sym_kernel_open(const char *path, struct sym_kernel **ret_kernel)
{
	struct sym_kernel *k = mem_alloc(sizeof(*k));
	int err;

	if (!k)
		return -ENOMEM;
	k->entry.max = SYM_SYMBOLS_MAX;
	str_init(&k->text, TEXT_MAX);
	err = read_all(path ? path : "/proc/kallsyms", &k->text);
	if (!err)
		err = make_index(k);
	if (err)
		sym_kernel_close(k);
	else
		*ret_kernel = k;
	return err;
}

void sym_kernel_close(struct sym_kernel *k)
{
	if (!k)
		return;
	str_done(&k->text);
	vec_done(&k->entry);
	mem_free(k);
}

static struct sym_kernel_symbol symbol_of(const struct sym_kernel *k, const struct entry *e)
{
	const char *name = k->text.s + e->at, *module;
	struct sym_kernel_symbol s = {.name = name, .len = (uint32_t)strcspn(name, "\t\n"), .addr = e->addr,
				      .type = name[-2]};

	module = name + s.len;
	if (module[0] == '\t' && module[1] == '[') {
		s.module = module + 2;
		s.module_len = (uint32_t)strcspn(s.module, "]\n");
	}
	return s;
}

bool sym_kernel_at(const struct sym_kernel *k, uint64_t addr, struct sym_kernel_symbol *ret_symbol)
{
	size_t low = 0, high = k->entry.n, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (k->entry.at[mid].addr <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	if (!low)
		return false;
	/* of several names the first is the usual one */
	for (low--; low && k->entry.at[low - 1].addr == k->entry.at[low].addr; low--)
		;
	*ret_symbol = symbol_of(k, &k->entry.at[low]);
	return true;
}

bool sym_kernel_find(const struct sym_kernel *k, const char *name, struct sym_kernel_symbol *ret_symbol)
{
	size_t len = strlen(name);

	for vec_each(&k->entry, e) {
		const char *at = k->text.s + e->at;

		if (strncmp(at, name, len) || (at[len] != '\n' && at[len] != '\t'))
			continue;
		*ret_symbol = symbol_of(k, e);
		return true;
	}
	return false;
}

int sym_kernel_match(const struct sym_kernel *k, const char *pattern, sym_kernel_fn *fn, void *ctx)
{
	int end = 0;

	for vec_each(&k->entry, e) {
		struct sym_kernel_symbol s = symbol_of(k, e);

		if (!sym_glob(pattern, s.name, s.len))
			continue;
		end = fn(ctx, &s);
		if (end)
			break;
	}
	return end;
}
