/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Code while it grows, and its way into executable memory.
 *
 * Sizes: every jump begins short; those that do not reach become long, which may make others not
 * reach, until nothing changes. A jump never becomes short again, so this ends; as a program could
 * be built to make it slow, after ROUNDS all become long.
 *
 * Memory: each program has pages of its own, which are writable first, then executable, never both.
 * The code ends where they end, and a page that is not there or cannot be touched follows. They
 * are asked for near the vm's own code, so that calls of helpers can be near calls; where that
 * cannot be, the calls grow.
 */
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vm/jit.h"

enum {
	ROUNDS = 16,
	CODE_START = 1024, /* bytes; and per instruction: */
	CODE_PER_OP = 6,
	CODE_MAX = 256 << 20,
	LINE = 64, /* bytes that a processor fetches or remembers together */
};

/* ---- writing ---- */

int jit_grow(struct jit *j)
{
	size_t used = (size_t)(j->at - j->code), size;
	uint8_t *code;

	if (j->err)
		return j->err;
	size = j->code ? 2 * (size_t)(j->end - j->code)
		       : CODE_START + CODE_PER_OP * (size_t)j->p->n;
	if (size > CODE_MAX)
		return j->err = -E2BIG;
	code = mem_realloc(j->code, size);
	if (!code)
		return j->err = -ENOMEM;
	j->code = code;
	j->at = code + used;
	j->end = code + size;
	return 0;
}

struct jit_mark jit_here(const struct jit *j)
{
	return (struct jit_mark){(uint32_t)(j->at - j->code), (uint32_t)j->fix.n};
}

static void add_fix(struct jit *j, struct jit_fix f)
{
	int err;

	f.at = (uint32_t)(j->at - j->code);
	err = vec_push(&j->fix, f);
	if (err)
		j->err = err;
}

void jit_jump(struct jit *j, uint32_t cond, uint32_t to)
{
	add_fix(j, (struct jit_fix){.kind = JIT_FIX_JUMP, .cond = cond, .to = to});
}

void jit_call(struct jit *j, uint32_t to)
{
	add_fix(j, (struct jit_fix){.kind = JIT_FIX_CALL, .to = to});
}

void jit_call_abs(struct jit *j, const void *fn)
{
	add_fix(j, (struct jit_fix){.kind = JIT_FIX_CALL_ABS, .abs = fn});
}

void jit_align(struct jit *j)
{
	add_fix(j, (struct jit_fix){.kind = JIT_FIX_ALIGN});
}

void jit_loop_end(struct jit *j, uint32_t pc, uint32_t to)
{
	uint32_t fix = j->insn[to].mark.fix;

	if (!j->err && fix && j->fix.at[fix - 1].kind == JIT_FIX_ALIGN)
		j->fix.at[fix - 1].to = pc;
}

uint32_t jit_label(struct jit *j, void (*emit)(struct jit *j, const struct jit_label *l),
		   uint32_t pc, uint32_t back)
{
	int err = vec_push(&j->label, ((struct jit_label){.emit = emit, .pc = pc, .back = back}));

	if (err) {
		j->err = err;
		return j->p->n;
	}
	return j->p->n + (uint32_t)j->label.n - 1;
}

void jit_put_label(struct jit *j, uint32_t to)
{
	if (!j->err)
		j->label.at[to - j->p->n].mark = jit_here(j);
}

void jit_may_fault(struct jit *j, struct jit_mark at, struct jit_mark to, uint8_t reg)
{
	int err = vec_push(&j->site, ((struct jit_site){at, to, reg}));

	if (err)
		j->err = err;
}

/* ---- sizes ---- */

static int64_t start_of(const struct jit_fix *f)
{
	return (int64_t)f->at + f->before;
}

static int64_t position(const struct jit *j, struct jit_mark m)
{
	const struct jit_fix *last;

	if (m.fix < j->fix.n)
		return (int64_t)m.at + j->fix.at[m.fix].before;
	if (!j->fix.n)
		return m.at;
	last = &vec_last(&j->fix);
	return (int64_t)m.at + last->before + last->size;
}

static int64_t target_of(const struct jit *j, const struct jit_fix *f)
{
	uint32_t to = f->to;

	if (f->kind == JIT_FIX_CALL && to < j->p->n)
		to = j->func.at[jit_func_at(j, to)].label;
	return position(j, to < j->p->n ? j->insn[to].mark : j->label.at[to - j->p->n].mark);
}

/* From the end of the jump or call. */
static int64_t distance_of(const struct jit *j, const struct jit_fix *f)
{
	return target_of(j, f) - start_of(f) - f->size;
}

/*
 * A loop that fits into one line should lie in one, which can be felt; a longer one begins with
 * half a line. Its size is what it was when positions were last found.
 */
static uint8_t padding(const struct jit *j, const struct jit_fix *f)
{
	enum { BACK_JUMP = 16, ROOM = LINE * 4 };
	uint64_t start = (uint64_t)start_of(f), size = ROOM;

	if (f->to)
		size = (uint64_t)(position(j, j->insn[f->to].mark) - (int64_t)(start + f->size)) +
		       BACK_JUMP;
	if (size > LINE)
		return (uint8_t)(-start % (size > ROOM ? LINE / 4 : LINE / 2));
	return start % LINE + size > LINE ? (uint8_t)(-start % LINE) : 0;
}

static void place(struct jit *j)
{
	uint32_t before = 0;

	for vec_each(&j->fix, f) {
		f->before = before;
		if (f->kind == JIT_FIX_ALIGN)
			f->size = padding(j, f);
		before += f->size;
	}
}

static bool widen(struct jit *j, bool all)
{
	bool changed = false;

	for vec_each(&j->fix, f) {
		if (f->kind != JIT_FIX_JUMP || f->wide)
			continue;
		if (!all && j->t->fix_fits(f, distance_of(j, f)))
			continue;
		f->wide = changed = true;
	}
	for vec_each(&j->fix, f) {
		if (changed && f->kind == JIT_FIX_JUMP)
			f->size = j->t->fix_size(f, j->far);
	}
	return changed;
}

static void settle_sizes(struct jit *j)
{
	int round;

	for vec_each(&j->fix, f)
		f->size = j->t->fix_size(f, j->far);
	for (round = 0;; round++) {
		place(j);
		if (!widen(j, round >= ROUNDS))
			return;
	}
}

/* ---- executable memory ---- */

static size_t page_up(size_t n)
{
	return ALIGN_UP(n, (size_t)sysconf(_SC_PAGESIZE));
}

/* A place for n bytes not far from this function; whether it is free the system will say. */
static uint8_t *near_here(const struct target *t, size_t n)
{
	static atomic_size_t taken;
	const size_t ahead = t->reach / 2, room = t->reach / 4;
	size_t at = atomic_fetch_add(&taken, n) % room;

	return (uint8_t *)(page_up((uintptr_t)&near_here) + ahead + at);
}

static uint8_t *map_pages(uint8_t *at, size_t n)
{
	uint8_t *p = mmap(at, n, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

/* There nobody else maps anything, so that a page left out behind the code is guard enough. */
static int map(struct jit *j, size_t size)
{
	size_t pages = page_up(size + LINE), guard = page_up(1);
	struct vm_native *n = &j->p->native;
	uint8_t *at = near_here(j->t, pages + guard);

	*n = (struct vm_native){.map = map_pages(at, pages), .map_size = pages};
	if (n->map && n->map != at) {
		munmap(n->map, pages);
		n->map = map_pages(NULL, pages + guard);
		n->map_size = pages + guard;
		n->guard = guard;
	}
	if (!n->map)
		return -errno;
	n->size = size;
	n->code = n->map + ((pages - size) & ~(size_t)(LINE - 1));
	return 0;
}

static int protect(struct vm_native *n)
{
	size_t code = n->map_size - n->guard;

	if (mprotect(n->map, code, PROT_READ | PROT_EXEC) ||
	    (n->guard && mprotect(n->map + code, n->guard, PROT_NONE)))
		return -errno;
	return 0;
}

void vm_native_done(struct vm_native *n)
{
	vm_native_untell(n);
	vm_sites_remove(n);
	mem_free(n->site);
	if (n->map)
		munmap(n->map, n->map_size);
	*n = (struct vm_native){0};
}

static int64_t distance_abs(const struct jit *j, const struct jit_fix *f)
{
	return (int64_t)((uintptr_t)f->abs - (uintptr_t)j->p->native.code) - start_of(f) - f->size;
}

static bool reaches(struct jit *j)
{
	for vec_each(&j->fix, f) {
		if (f->kind == JIT_FIX_CALL_ABS && !j->t->fix_fits(f, distance_abs(j, f)))
			return false;
	}
	return true;
}

static void copy(struct jit *j)
{
	uint8_t *to = j->p->native.code;
	uint32_t from = 0;

	assert(to);
	for vec_each(&j->fix, f) {
		memcpy(to, j->code + from, f->at - from);
		to += f->at - from;
		from = f->at;
		if (f->kind == JIT_FIX_ALIGN)
			j->t->pad(to, f->size);
		else
			j->t->fix_put(f, to, f->kind == JIT_FIX_CALL_ABS ? distance_abs(j, f)
									  : distance_of(j, f));
		to += f->size;
	}
	memcpy(to, j->code + from, (size_t)(j->at - j->code) - from);
}

/* From now on an operation's code is its address, that of a function where calls lead to. */
static void give_addresses(struct jit *j)
{
	const uint8_t *code = j->p->native.code;
	uint32_t pc;

	for (pc = 0; pc < j->p->n; pc++)
		j->p->op[pc].code = code + position(j, j->insn[pc].mark);
	j->p->native.rest = (size_t)position(j, j->rest);
	for vec_each(&j->func, f)
		j->p->op[f->begin].code = code + position(j, j->label.at[f->label - j->p->n].mark);
}

/* The handler of faults learns which may be. */
static int give_sites(struct jit *j)
{
	struct vm_native *n = &j->p->native;

	if (!j->site.n)
		return 0;
	n->site = mem_alloc_array(j->site.n, sizeof(*n->site));
	if (!n->site)
		return -ENOMEM;
	for vec_each(&j->site, s)
		n->site[n->sites++] = (struct vm_site){(uint32_t)position(j, s->at),
						       (uint32_t)position(j, s->to), s->reg};
	return vm_sites_add(n);
}

int jit_link(struct jit *j)
{
	int err;

	settle_sizes(j);
	if (position(j, jit_here(j)) > j->t->reach)
		return -E2BIG;
	err = map(j, (size_t)position(j, jit_here(j)));
	if (!err && !reaches(j)) {
		vm_native_done(&j->p->native);
		j->far = true;
		settle_sizes(j);
		err = map(j, (size_t)position(j, jit_here(j)));
	}
	if (err)
		return err;
	copy(j);
	__builtin___clear_cache((char *)j->p->native.code, (char *)j->p->native.code + j->p->native.size);
	err = protect(&j->p->native);
	if (!err)
		err = give_sites(j);
	if (!err)
		give_addresses(j);
	return err;
}
