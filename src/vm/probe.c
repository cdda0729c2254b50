/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Accesses to memory that may not be there: those of native code, whose places its programs tell, and
 * those of the functions here. A signal handler finds the place where a fault happened and goes on behind
 * it; all other faults go to who was asked before us.
 *
 *	P1  the handler is installed when the first program with such accesses is loaded, and stays
 *	P2  it takes no lock and no memory, and believes only what it could read whole
 *	P3  a program that is running is not unloaded, so that its places stand
 */
#include <pthread.h>
#include <signal.h>
#include <ucontext.h>

#include "vm/helper.h"

#if defined(__x86_64__) || defined(__aarch64__)

/* ---- accesses of C code: 0, or -EFAULT; of a swap, 1 when something else was there ---- */

#define HIDDEN __attribute__((visibility("hidden")))
#define LOADS(size)  HIDDEN int vm_probe_load_##size(uint64_t at, uint64_t *ret_value);
#define STORES(size) HIDDEN int vm_probe_store_##size(uint64_t at, uint64_t value);
#define SWAPS(size)  HIDDEN int vm_probe_swap_##size(uint64_t at, uint64_t value, uint64_t *old);

LOADS(1) LOADS(2) LOADS(4) LOADS(8) STORES(1) STORES(2) STORES(4) STORES(8) SWAPS(4) SWAPS(8)

/* Where these may fault, and where they then go. */
extern HIDDEN const char vm_probe_points[], vm_probe_points_end[], vm_probe_fault[];

/* clang-format off */
#if defined(__x86_64__)
#define LOAD(size, insn)  "vm_probe_load_" #size ":\n0:\t" insn "\n\tmovq %rax, (%rsi)\n\txorl %eax, %eax\n\tret\n" POINT("0b")
#define STORE(size, insn) "vm_probe_store_" #size ":\n0:\t" insn "\n\txorl %eax, %eax\n\tret\n" POINT("0b")
#define SWAP(size, suffix, old, value)                                                             \
	"vm_probe_swap_" #size ":\n\tmov" suffix " (%rdx), " old "\n"                              \
	"0:\tlock cmpxchg" suffix " " value ", (%rdi)\n\tmovq %rax, (%rdx)\n"                      \
	"\tsetne %al\n\tmovzbl %al, %eax\n\tret\n" POINT("0b")
#define FAULT "vm_probe_fault:\n\tmovl $-14, %eax\n\tret\n"
#else
#define LOAD(size, insn)  "vm_probe_load_" #size ":\n0:\t" insn "\n\tstr x2, [x1]\n\tmov w0, #0\n\tret\n" POINT("0b")
#define STORE(size, insn) "vm_probe_store_" #size ":\n0:\t" insn "\n\tmov w0, #0\n\tret\n" POINT("0b")
#define SWAP(size, r)                                                                              \
	"vm_probe_swap_" #size ":\n\tldr " r "3, [x2]\n0:\tldaxr " r "4, [x0]\n"                   \
	"\tcmp " r "4, " r "3\n\tb.ne 2f\n1:\tstlxr w5, " r "1, [x0]\n\tcbnz w5, 0b\n"             \
	"\tmov w0, #0\n\tret\n2:\tclrex\n\tstr x4, [x2]\n\tmov w0, #1\n\tret\n"                     \
	POINT("0b") POINT("1b")
#define FAULT "vm_probe_fault:\n\tmov w0, #-14\n\tret\n"
#endif
#define POINT(label) "\t.pushsection .rodata.vm_probe, \"a\"\n\t.long " label " - vm_probe_points\n\t.popsection\n"

__asm__(".pushsection .rodata.vm_probe, \"a\"\n\t.balign 4\nvm_probe_points:\n\t.popsection\n"
	"\t.text\n\t.balign 4\n"
#if defined(__x86_64__)
	LOAD(1, "movzbl (%rdi), %eax") LOAD(2, "movzwl (%rdi), %eax")
	LOAD(4, "movl (%rdi), %eax") LOAD(8, "movq (%rdi), %rax")
	STORE(1, "movb %sil, (%rdi)") STORE(2, "movw %si, (%rdi)")
	STORE(4, "movl %esi, (%rdi)") STORE(8, "movq %rsi, (%rdi)")
	SWAP(4, "l", "%eax", "%esi") SWAP(8, "q", "%rax", "%rsi")
#else
	LOAD(1, "ldrb w2, [x0]") LOAD(2, "ldrh w2, [x0]") LOAD(4, "ldr w2, [x0]") LOAD(8, "ldr x2, [x0]")
	STORE(1, "strb w1, [x0]") STORE(2, "strh w1, [x0]") STORE(4, "str w1, [x0]") STORE(8, "str x1, [x0]")
	SWAP(4, "w") SWAP(8, "x")
#endif
	FAULT
	".pushsection .rodata.vm_probe, \"a\"\nvm_probe_points_end:\n\t.popsection\n");
/* clang-format on */

bool vm_probe_load(uint64_t at, unsigned size, uint64_t *ret_value)
{
	return !(size == 1   ? vm_probe_load_1(at, ret_value)
		 : size == 2 ? vm_probe_load_2(at, ret_value)
		 : size == 4 ? vm_probe_load_4(at, ret_value)
			     : vm_probe_load_8(at, ret_value));
}

bool vm_probe_store(uint64_t at, unsigned size, uint64_t value)
{
	return !(size == 1   ? vm_probe_store_1(at, value)
		 : size == 2 ? vm_probe_store_2(at, value)
		 : size == 4 ? vm_probe_store_4(at, value)
			     : vm_probe_store_8(at, value));
}

int vm_probe_swap(uint64_t at, unsigned size, uint64_t *old, uint64_t value)
{
	return size == 4 ? vm_probe_swap_4(at, value, old) : vm_probe_swap_8(at, value, old);
}

/* ---- the processor's state ---- */

#if defined(__x86_64__)
static uint64_t state_pc(const ucontext_t *u)
{
	return (uint64_t)u->uc_mcontext.gregs[REG_RIP];
}

static void state_go(ucontext_t *u, uint64_t pc)
{
	u->uc_mcontext.gregs[REG_RIP] = (greg_t)pc;
}

/* By the number that instructions have for it. */
static void state_clear(ucontext_t *u, unsigned reg)
{
	static const uint8_t at[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP,
				       REG_RSI, REG_RDI, REG_R8,  REG_R9,  REG_R10, REG_R11,
				       REG_R12, REG_R13, REG_R14, REG_R15};

	u->uc_mcontext.gregs[at[reg]] = 0;
}
#else
static uint64_t state_pc(const ucontext_t *u)
{
	return u->uc_mcontext.pc;
}

static void state_go(ucontext_t *u, uint64_t pc)
{
	u->uc_mcontext.pc = pc;
}

static void state_clear(ucontext_t *u, unsigned reg)
{
	u->uc_mcontext.regs[reg] = 0;
}
#endif

/* ---- native code ---- */

enum { PROGS_MAX = 4096 }; /* that are loaded at a time, and have such accesses */

/* Odd versions: somebody is writing it. */
static struct vm_sites {
	uint32_t version;
	uint32_t n;
	uint64_t begin, size;
	const struct vm_site *at;
} progs[PROGS_MAX];
static uint32_t progs_used; /* none at or above this index was ever used */
static pthread_mutex_t progs_lock = PTHREAD_MUTEX_INITIALIZER;

#define GET(p)    __atomic_load_n(&(p), __ATOMIC_RELAXED)
#define SET(p, v) __atomic_store_n(&(p), (v), __ATOMIC_RELAXED)

static void write_sites(struct vm_sites *s, const struct vm_native *n)
{
	SET(s->version, s->version + 1);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	SET(s->begin, (uint64_t)(uintptr_t)n->code);
	SET(s->size, n->size);
	SET(s->at, n->site);
	SET(s->n, n->sites);
	__atomic_store_n(&s->version, s->version + 1, __ATOMIC_RELEASE);
}

static bool read_sites(struct vm_sites *s, struct vm_sites *ret)
{
	uint32_t version = __atomic_load_n(&s->version, __ATOMIC_ACQUIRE);

	*ret = (struct vm_sites){version, GET(s->n), GET(s->begin), GET(s->size), GET(s->at)};
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return version % 2 == 0 && version == GET(s->version);
}

int vm_sites_add(struct vm_native *n)
{
	uint32_t i;

	pthread_mutex_lock(&progs_lock);
	for (i = 0; i < PROGS_MAX && progs[i].begin; i++)
		;
	if (i < PROGS_MAX) {
		write_sites(&progs[i], n);
		n->known_at = i + 1;
		if (i >= progs_used)
			__atomic_store_n(&progs_used, i + 1, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&progs_lock);
	return i < PROGS_MAX ? 0 : -ENOMEM;
}

void vm_sites_remove(struct vm_native *n)
{
	if (!n->known_at)
		return;
	pthread_mutex_lock(&progs_lock);
	write_sites(&progs[n->known_at - 1], &(struct vm_native){0});
	pthread_mutex_unlock(&progs_lock);
	n->known_at = 0;
}

static const struct vm_site *site_at(const struct vm_sites *s, uint32_t at)
{
	uint32_t lo = 0, hi = s->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (s->at[mid].at == at)
			return &s->at[mid];
		if (s->at[mid].at < at)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

/* Whether some program's code goes on behind what faulted at pc. */
static bool go_on_in_native(ucontext_t *u, uint64_t pc)
{
	uint32_t i, used = __atomic_load_n(&progs_used, __ATOMIC_ACQUIRE);
	const struct vm_site *site;
	struct vm_sites s;

	for (i = 0; i < used; i++) {
		if (!read_sites(&progs[i], &s) || pc < s.begin || pc - s.begin >= s.size)
			continue;
		site = site_at(&s, (uint32_t)(pc - s.begin));
		if (!site)
			return false;
		if (site->reg != VM_SITE_NO_REG)
			state_clear(u, site->reg);
		state_go(u, s.begin + site->to);
		return true;
	}
	return false;
}

static bool go_on_in_c(ucontext_t *u, uint64_t pc)
{
	const int32_t *p = (const int32_t *)(const void *)vm_probe_points,
		      *end = (const int32_t *)(const void *)vm_probe_points_end;

	for (; p < end; p++) {
		if (pc != (uint64_t)(uintptr_t)vm_probe_points + (uint64_t)(int64_t)*p)
			continue;
		state_go(u, (uint64_t)(uintptr_t)vm_probe_fault);
		return true;
	}
	return false;
}

/* ---- the handler ---- */

static const int signals[] = {SIGSEGV, SIGBUS};
static struct sigaction before[ARRAY_LEN(signals)];

/* Who was asked before us; the default is to die of the fault, which happens again. */
static void ask_others(int signal, siginfo_t *info, void *context)
{
	const struct sigaction *old = &before[signal == signals[0] ? 0 : 1];

	if (old->sa_flags & SA_SIGINFO)
		old->sa_sigaction(signal, info, context);
	else if (old->sa_handler != SIG_DFL && old->sa_handler != SIG_IGN)
		old->sa_handler(signal);
	else if (info->si_code > 0 || old->sa_handler == SIG_DFL) {
		sigaction(signal, old, NULL);
		if (info->si_code <= 0) /* somebody has sent it */
			raise(signal);
	}
}

static void on_fault(int signal, siginfo_t *info, void *context)
{
	uint64_t pc = state_pc(context);
	int saved = errno;

	if (info->si_code <= 0 || (!go_on_in_native(context, pc) && !go_on_in_c(context, pc)))
		ask_others(signal, info, context);
	errno = saved;
}

int vm_probe_begin(void)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static unsigned installed;
	struct sigaction new = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
	int err = 0;

	sigemptyset(&new.sa_mask);
	pthread_mutex_lock(&lock);
	for (; installed < ARRAY_LEN(signals) && !err; installed += !err)
		if (sigaction(signals[installed], NULL, &before[installed]) ||
		    sigaction(signals[installed], &new, NULL))
			err = -errno;
	pthread_mutex_unlock(&lock);
	return err;
}

#else /* on other machines programs with such accesses are refused */

bool vm_probe_load(uint64_t at, unsigned size, uint64_t *ret_value)
{
	(void)at, (void)size, (void)ret_value;
	return false;
}

bool vm_probe_store(uint64_t at, unsigned size, uint64_t value)
{
	(void)at, (void)size, (void)value;
	return false;
}

int vm_probe_swap(uint64_t at, unsigned size, uint64_t *old, uint64_t value)
{
	(void)at, (void)size, (void)old, (void)value;
	return -EFAULT;
}

int vm_sites_add(struct vm_native *n)
{
	(void)n;
	return -ENOTSUP;
}

void vm_sites_remove(struct vm_native *n)
{
	(void)n;
}

int vm_probe_begin(void)
{
	return -ENOTSUP;
}

#endif

/* Memory of the program, or what the world lets it read; in the engines that check there is no other. */
uint64_t vm_probe_checked(struct vm_run *run, uint64_t at, unsigned size)
{
	union {
		uint8_t u8;
		uint16_t u16;
		uint32_t u32;
		uint64_t u64;
	} v;

	if (helper_owns(run, at, size, false))
		memcpy(&v, pointer(at), size);
	else if (!run->world || mem_read(run, VM_KERNEL, at, &v, size))
		return 0;
	return size == 1 ? v.u8 : size == 2 ? v.u16 : size == 4 ? v.u32 : v.u64;
}
