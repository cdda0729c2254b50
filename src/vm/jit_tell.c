/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Names for native code, for those who look at this process from outside; on request only.
 *
 *	perf	a line for each function in /tmp/perf-PID.map, which perf reads when it resolves
 *		addresses. There lines only come, so a later program at the same place wins.
 *	jitdump	/tmp/jit-PID.dump, with the code itself and the time, so that nothing that comes later can
 *		be confused with it. perf finds the file because it is mapped, executable, which we do
 *		once and leave so. tools/perf/Documentation/jitdump-specification.txt has the format.
 *	gdb	its JIT interface: a list of object files in memory, each with the symbols of one
 *		program, and a function with a breakpoint on it, called when the list changes.
 *
 * A program's functions are bpf:NAME, bpf:NAME.f1...; the way in and what stands behind all
 * functions are bpf:NAME.enter and bpf:NAME.rest.
 */
#include <elf.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "vm/impl.h"

enum { NAME_MAX_LEN = 200, TEXT_MAX = 64 << 20 };

/* ---- the functions of a program ---- */

struct name {
	const uint8_t *at;
	size_t size;
	char text[NAME_MAX_LEN];
};
typedef VEC(struct name) names;

static int add_name(names *n, const struct vm_prog *p, const uint8_t *at, const char *suffix)
{
	struct str s;
	int err;

	if (n->n)
		vec_last(n).size = (size_t)(at - vec_last(n).at);
	err = vec_push(n, ((struct name){.at = at}));
	if (err)
		return err;
	str_init(&s, NAME_MAX_LEN - 1);
	str_addf(&s, "bpf:%s%s", p->name, suffix);
	memcpy(vec_last(n).text, s.s, s.n);
	str_done(&s);
	return 0;
}

static int find_entries(const struct vm_prog *p, struct bits *b)
{
	uint32_t pc;
	int err = bits_init(b, p->n);

	if (err)
		return err;
	bits_add(b, 0);
	bits_or(b, &p->entry);
	for (pc = 0; pc < p->n; pc++) {
		if (isa_find(&p->insn[pc]) == ISA_CALL_LOCAL)
			bits_add(b, pc + 1 + (uint32_t)p->insn[pc].imm);
	}
	return 0;
}

static int find_names(const struct vm_prog *p, names *n)
{
	const uint8_t *code = p->native.code;
	char suffix[16] = "";
	struct bits entries;
	unsigned count = 0;
	struct str s;
	int err = find_entries(p, &entries);

	if (err)
		return err;
	err = add_name(n, p, code, ".enter");
	for bits_each(&entries, pc) {
		str_init(&s, sizeof(suffix) - 1);
		if (count++)
			str_addf(&s, ".f%u", count - 1);
		memcpy(suffix, s.s, s.n + 1);
		str_done(&s);
		if (!err)
			err = add_name(n, p, p->op[pc].code, suffix);
	}
	bits_done(&entries);
	if (!err && p->native.rest < p->native.size)
		err = add_name(n, p, code + p->native.rest, ".rest");
	vec_last(n).size = (size_t)(code + p->native.size - vec_last(n).at);
	return err;
}

/* ---- perf ---- */

static int tell_perf(const names *n)
{
	struct str s;
	size_t i;
	int fd, err;

	str_init(&s, TEXT_MAX);
	str_addf(&s, "/tmp/perf-%d.map", (int)getpid());
	fd = open(s.s, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	err = fd < 0 ? -errno : 0;
	str_reset(&s);
	for (i = 0; i < n->n; i++)
		str_addf(&s, "%zx %zx %s\n", (size_t)(uintptr_t)n->at[i].at, n->at[i].size,
			 n->at[i].text);
	if (!err)
		err = str_err(&s);
	if (!err)
		err = file_write_fd(fd, s.s, s.n);
	if (fd >= 0)
		close(fd);
	str_done(&s);
	return err;
}

/* ---- jitdump ---- */

enum { DUMP_MAGIC = 0x4a695444, DUMP_VERSION = 1, DUMP_LOAD = 0 };

#if defined(__x86_64__)
enum { MACHINE = EM_X86_64 };
#else
enum { MACHINE = EM_AARCH64 };
#endif

struct dump_header {
	uint32_t magic, version, size, machine, pad, pid;
	uint64_t time, flags;
};

struct dump_load { /* the name and the code follow */
	uint32_t id, size;
	uint64_t time;
	uint32_t pid, tid;
	uint64_t vma, addr, code_size, index;
};

static pthread_mutex_t dump_lock = PTHREAD_MUTEX_INITIALIZER;
static int dump_fd = -1;
static pid_t dump_pid; /* whose it is: a child begins its own */
static uint64_t dump_index;

static uint64_t dump_time(void) /* perf's with -k mono */
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static int begin_dump(void)
{
	struct dump_header h = {.magic = DUMP_MAGIC, .version = DUMP_VERSION, .size = sizeof(h),
				.machine = MACHINE, .pid = (uint32_t)getpid(), .time = dump_time()};
	char path[64];
	struct str s;
	int fd, err = 0;

	if (dump_fd >= 0 && dump_pid == getpid())
		return 0;
	str_init(&s, sizeof(path) - 1);
	str_addf(&s, "/tmp/jit-%d.dump", (int)getpid());
	memcpy(path, s.s, s.n + 1);
	str_done(&s);
	unlink(path); /* of a process that is no more */
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	err = file_write_fd(fd, &h, sizeof(h));
	if (!err && mmap(NULL, sizeof(h), PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED)
		err = -errno;
	if (err) {
		close(fd);
		unlink(path);
		return err;
	}
	if (dump_fd >= 0)
		close(dump_fd);
	dump_fd = fd;
	dump_pid = getpid();
	return 0;
}

static void add_load(struct str *s, const struct name *n)
{
	size_t name = strlen(n->text) + 1;
	struct dump_load l = {.id = DUMP_LOAD, .size = (uint32_t)(sizeof(l) + name + n->size),
			      .time = dump_time(), .pid = (uint32_t)getpid(),
			      .tid = (uint32_t)gettid(), .vma = (uintptr_t)n->at,
			      .addr = (uintptr_t)n->at, .code_size = n->size, .index = ++dump_index};

	str_addn(s, (const char *)&l, sizeof(l));
	str_addn(s, n->text, name);
	str_addn(s, (const char *)n->at, n->size);
}

static int tell_jitdump(const names *n)
{
	struct str s;
	size_t i;
	int err;

	str_init(&s, 2 * TEXT_MAX);
	pthread_mutex_lock(&dump_lock);
	err = begin_dump();
	for (i = 0; i < n->n && !err; i++)
		add_load(&s, &n->at[i]);
	if (!err)
		err = str_err(&s);
	if (!err)
		err = file_write_fd(dump_fd, s.s, s.n);
	pthread_mutex_unlock(&dump_lock);
	str_done(&s);
	return err;
}

/* ---- gdb ---- */

/* The names and layouts are gdb's: "JIT Compilation Interface" in its manual. */
struct jit_code_entry {
	struct jit_code_entry *next, *prev;
	const char *symfile_addr; /* owned: an ELF file */
	uint64_t symfile_size;
};

struct jit_descriptor {
	uint32_t version, action;
	struct jit_code_entry *relevant, *first;
};

enum { GDB_NOTHING, GDB_ADDED, GDB_REMOVED };

struct jit_descriptor __jit_debug_descriptor = {.version = 1};
void __jit_debug_register_code(void);
__attribute__((noinline)) void __jit_debug_register_code(void)
{
	__asm__ volatile("" : : "r"(&__jit_debug_descriptor) : "memory");
}

static pthread_mutex_t gdb_lock = PTHREAD_MUTEX_INITIALIZER;

static void gdb_changed(struct jit_code_entry *e, uint32_t action)
{
	__jit_debug_descriptor.relevant = e;
	__jit_debug_descriptor.action = action;
	__jit_debug_register_code();
}

static void put(struct str *s, const void *bytes, size_t n)
{
	str_addn(s, bytes, n);
}

/* An ELF file with symbols for code that is somewhere else: header, symbols, strings, sections. */
static void build_elf(const struct vm_prog *p, const names *n, struct str *s)
{
	static const char sections[] = "\0.text\0.symtab\0.strtab";
	size_t symbols = sizeof(Elf64_Ehdr), strings = symbols + (n->n + 1) * sizeof(Elf64_Sym);
	size_t i, at;
	Elf64_Ehdr h = {
		.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, 1},
		.e_type = ET_EXEC, .e_version = EV_CURRENT, .e_ehsize = sizeof(h),
		.e_shentsize = sizeof(Elf64_Shdr), .e_shnum = 4, .e_shstrndx = 3,
	};
	Elf64_Shdr text = {
		.sh_name = 1, .sh_type = SHT_NOBITS, .sh_flags = SHF_ALLOC | SHF_EXECINSTR,
		.sh_addr = (uintptr_t)p->native.code, .sh_size = p->native.size, .sh_addralign = 1,
	};
	Elf64_Shdr symtab = {
		.sh_name = 7, .sh_type = SHT_SYMTAB, .sh_offset = symbols,
		.sh_size = strings - symbols, .sh_link = 3, .sh_info = 1,
		.sh_entsize = sizeof(Elf64_Sym), .sh_addralign = 8,
	};
	Elf64_Shdr strtab = {
		.sh_name = 15, .sh_type = SHT_STRTAB, .sh_offset = strings, .sh_addralign = 1,
	};
	Elf64_Shdr none = {0};
	Elf64_Sym sym = {0};

	h.e_machine = MACHINE;
	at = sizeof(sections);
	for (i = 0; i < n->n; i++)
		at += strlen(n->at[i].text) + 1;
	strtab.sh_size = at;
	h.e_shoff = ALIGN_UP(strings + at, (size_t)8);
	put(s, &h, sizeof(h));
	put(s, &sym, sizeof(sym));
	for (i = 0, at = sizeof(sections); i < n->n; at += strlen(n->at[i].text) + 1, i++) {
		sym = (Elf64_Sym){
			.st_name = (uint32_t)at, .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
			.st_shndx = 1, .st_value = (uintptr_t)n->at[i].at, .st_size = n->at[i].size,
		};
		put(s, &sym, sizeof(sym));
	}
	put(s, sections, sizeof(sections));
	for (i = 0; i < n->n; i++)
		put(s, n->at[i].text, strlen(n->at[i].text) + 1);
	str_pad(s, 0, h.e_shoff - s->n);
	put(s, &none, sizeof(none));
	put(s, &text, sizeof(text));
	put(s, &symtab, sizeof(symtab));
	put(s, &strtab, sizeof(strtab));
}

static int tell_gdb(struct vm_prog *p, const names *n)
{
	struct jit_code_entry *e = mem_alloc(sizeof(*e));
	struct str s;
	char *copy;

	str_init(&s, TEXT_MAX);
	build_elf(p, n, &s);
	copy = mem_alloc(s.n);
	if (!e || !copy || str_err(&s)) {
		mem_free(e);
		mem_free(copy);
		str_done(&s);
		return -ENOMEM;
	}
	memcpy(copy, s.s, s.n);
	*e = (struct jit_code_entry){.symfile_addr = copy, .symfile_size = s.n};
	str_done(&s);
	pthread_mutex_lock(&gdb_lock);
	e->next = __jit_debug_descriptor.first;
	if (e->next)
		e->next->prev = e;
	__jit_debug_descriptor.first = e;
	gdb_changed(e, GDB_ADDED);
	pthread_mutex_unlock(&gdb_lock);
	p->native.told_gdb = e;
	return 0;
}

void vm_native_untell(struct vm_native *n)
{
	struct jit_code_entry *e = n->told_gdb;

	if (!e)
		return;
	pthread_mutex_lock(&gdb_lock);
	if (e->prev)
		e->prev->next = e->next;
	else
		__jit_debug_descriptor.first = e->next;
	if (e->next)
		e->next->prev = e->prev;
	gdb_changed(e, GDB_REMOVED);
	pthread_mutex_unlock(&gdb_lock);
	mem_free((char *)(uintptr_t)e->symfile_addr);
	mem_free(e);
	n->told_gdb = NULL;
}

int vm_prog_announce(struct vm_prog *p, enum vm_announce to)
{
	names n = VEC_INIT(ISA_INSNS_MAX);
	int err;

	if (!p->native.code)
		return 0;
	err = find_names(p, &n);
	if (!err && to & VM_TO_PERF)
		err = tell_perf(&n);
	if (!err && to & VM_TO_JITDUMP)
		err = tell_jitdump(&n);
	if (!err && to & VM_TO_GDB && !p->native.told_gdb)
		err = tell_gdb(p, &n);
	vec_done(&n);
	return err;
}
