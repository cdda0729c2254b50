/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tasks and cgroups that the world knows: who is who, iterators, their memory and storage. */
#include "test.h"
#include "vm_helper.h"

enum { PROG_SYSCALL = 31 };

/*
 *	1 - 2 - 3	task 10 with its thread 11 in 3
 *	  \ 4		task 20 in 4
 */
static const struct vm_cgroup cgroups[] = {
	{1, 0, 0x1000}, {2, 1, 0x2000}, {3, 2, 0x3000}, {4, 1, 0x4000}};
static const struct vm_task tasks[] = {
	{.pid = 10,
	 .tgid = 10,
	 .address = 0xa000,
	 .regs = 0xa1,
	 .cgroup = {1, 2, 3},
	 .cgroups = 3,
	 .pidns_pid = 1},
	{.pid = 11, .tgid = 10, .address = 0xb000, .cgroup = {1, 2, 3}, .cgroups = 3},
	{.pid = 20, .tgid = 20, .address = 0xc000, .cgroup = {1, 4}, .cgroups = 2, .pidns_pid = 2},
};

static int read_task(void *arg, const struct vm_task *t, uint64_t at, void *to, size_t n)
{
	static const char text[] = "another's";

	(void)arg;
	if (t->pid != 20 || at < 0x5000 || at + n > 0x5000 + sizeof(text))
		return -EFAULT;
	memcpy(to, text + (at - 0x5000), n);
	return 0;
}

static int vma(void *arg, const struct vm_task *t, uint64_t at, struct vm_vma *ret_vma)
{
	(void)arg;
	if (t->pid != 20 || at >= 0x9000)
		return -ENOENT;
	*ret_vma = at < 0x6000 ? (struct vm_vma){0x77, 0x5000, 0x6000}
			       : (struct vm_vma){0x88, 0x8000, 0x9000};
	return 0;
}

static int64_t task_stack(void *arg, const struct vm_task *t, enum vm_space s, uint64_t *ret_ip,
			  size_t max)
{
	(void)arg, (void)s, (void)max;
	ret_ip[0] = t->pid;
	return 1;
}

static const struct vm_outside outside = {
	.read_task = read_task, .vma = vma, .task_stack = task_stack};

static void check(const char *text, const int64_t *want, size_t n)
{
	struct helper_text p;
	struct vm_world w;

	helper_text_init(&p, PROG_SYSCALL, text);
	vm_world_init(&w, &outside, NULL, 1);
	w.task = tasks[0];
	w.tasks = tasks;
	w.tasks_n = ARRAY_LEN(tasks);
	w.cgroup = cgroups;
	w.cgroups = ARRAY_LEN(cgroups);
	helper_text_check(&p, &w, want, n);
	helper_text_done(&p);
	vm_world_done(&w);
}
#define RUN(text, ...)                                                                             \
	check("r9 = out ll\n" text "r0 = 0\nexit\n", (const int64_t[]){__VA_ARGS__},               \
	      sizeof((const int64_t[]){__VA_ARGS__}) / 8)
#define PUT(at)   "*(u64 *)(r9 + " at ") = r0\n"
#define PUT32(at) "r0 <<= 32\nr0 s>>= 32\n" PUT(at)

TEST(tasks_by_number)
{
	RUN("r1 = 20\ncall bpf_task_from_pid\n" PUT("0") "r1 = 99\ncall bpf_task_from_pid\n" PUT("8") "r1 = 0\ncall bpf_task_from_pid\n" PUT("16") "r1 = 2\ncall bpf_task_from_vpid\n" PUT("24") "r1 = 0xb000\ncall bpf_task_acquire\n" PUT("32") "r1 = 0xbad0\ncall bpf_task_acquire\n" PUT(
		    "40") "r1 = 0xa000\ncall task_pt_regs\n" PUT("48") "r1 = 0xc000\nr2 = "
								       "0x4000\ncall "
								       "bpf_task_under_"
								       "cgroup\n" PUT("56") "r1 = "
											    "0xc000"
											    "\nr2 "
											    "= "
											    "0x2000"
											    "\ncall"
											    " bpf_"
											    "task_"
											    "under_"
											    "cgroup"
											    "\n" PUT("64") "r1 = 0xa000\nr2 = 0x2000\ncall bpf_task_under_cgroup\n" PUT("72"),
	    0xc000, 0, 0, 0xc000, 0xb000, 0, 0xa1, 1, 0, 1);
}

TEST(cgroups_by_number)
{
	RUN("r1 = 3\ncall bpf_cgroup_from_id\n" PUT("0") "r1 = 9\ncall bpf_cgroup_from_id\n" PUT("8") "r1 = 0x3000\nr2 = 1\ncall bpf_cgroup_ancestor\n" PUT("16") "r1 = 0x3000\nr2 = 0\ncall bpf_cgroup_ancestor\n" PUT(
		    "24") "r1 = 0x3000\nr2 = 3\ncall bpf_cgroup_ancestor\n" PUT("32") "r1 = "
										      "0x3000\nr2 "
										      "= -1\ncall "
										      "bpf_cgroup_"
										      "ancestor"
										      "\n" PUT("40") "r1 = 0x4000\ncall bpf_cgroup_acquire\n" PUT("48") "r1 = 0x4000\ncall bpf_cgroup_release\nr1 = 0x4444\ncall bpf_cgroup_acquire\n" PUT("56"),
	    0x3000, 0, 0x2000, 0x1000, 0, 0, 0x4000, 0);
}

#define WALK(name, size, args)                                                                     \
	"r8 = r9\nr1 = r10\nr1 += -24\n" args "call bpf_iter_" name "_new\n"                       \
	"*(u64 *)(r9 + 64) = r0\nagain:\nr1 = r10\nr1 += -24\ncall bpf_iter_" name "_next\n"       \
	"if r0 == 0 goto over\n*(u64 *)(r8 + 0) = r0\nr8 += 8\ngoto again\nover:\n"                \
	"r1 = r10\nr1 += -24\ncall bpf_iter_" name "_destroy\n"

TEST(tasks_in_turn)
{
	RUN(WALK("task", "24", "r2 = 0\nr3 = 0\n"), 0xa000, 0xc000, 0);
	RUN(WALK("task", "24", "r2 = 0\nr3 = 1\n"), 0xa000, 0xb000, 0xc000, 0);
	RUN(WALK("task", "24", "r2 = 0xa000\nr3 = 2\n"), 0xa000, 0xb000, 0);
	RUN(WALK("task", "24", "r2 = 0xb000\nr3 = 2\n"), 0xb000, 0);
	RUN(WALK("task", "24", "r2 = 0\nr3 = 2\n"), 0, 0, 0, 0, 0, 0, 0, 0, -EINVAL);
	RUN(WALK("task", "24", "r2 = 0\nr3 = 3\n"), 0, 0, 0, 0, 0, 0, 0, 0, -EINVAL);
	RUN(WALK("css_task", "8", "r2 = 0x3000\nr3 = 0\n"), 0xa000, 0xb000, 0);
	RUN(WALK("css_task", "8", "r2 = 0x3000\nr3 = 1\n"), 0xa000, 0);
	RUN(WALK("css_task", "8", "r2 = 0x2000\nr3 = 1\n"), 0);
	RUN(WALK("css_task", "8", "r2 = 0x2000\nr3 = 2\n"), 0, 0, 0, 0, 0, 0, 0, 0, -EINVAL);
}

TEST(cgroups_in_turn)
{
	RUN(WALK("css", "24", "r2 = 0x1000\nr3 = 2\n"), 0x1000, 0x2000, 0x3000, 0x4000, 0);
	RUN(WALK("css", "24", "r2 = 0x2000\nr3 = 2\n"), 0x2000, 0x3000, 0);
	RUN(WALK("css", "24", "r2 = 0x1000\nr3 = 3\n"), 0x3000, 0x2000, 0x4000, 0x1000, 0);
	RUN(WALK("css", "24", "r2 = 0x3000\nr3 = 3\n"), 0x3000, 0);
	RUN(WALK("css", "24", "r2 = 0x3000\nr3 = 4\n"), 0x3000, 0x2000, 0x1000, 0);
	RUN(WALK("css", "24", "r2 = 0x3000\nr3 = 1\n"), 0, 0, 0, 0, 0, 0, 0, 0, -EINVAL);
}

TEST(memory_of_another)
{
	RUN(WALK("task_vma", "8", "r2 = 0xc000\nr3 = 0\n"), 0x77, 0x88, 0);
	RUN(WALK("task_vma", "8", "r2 = 0xc000\nr3 = 0x6000\n"), 0x88, 0);
	RUN("r1 = r10\nr1 += -8\nr2 = 0xdead\nr3 = 0\ncall bpf_iter_task_vma_new\n" PUT("0"),
	    -ENOENT);
	RUN("r1 = 0xc000\nr2 = 0x5123\nr3 = seen ll\nr4 = r9\nr5 = 0\ncall find_vma\n" PUT(
		    "8") "r1 = 0xc000\nr2 = 0x7123\nr3 = seen ll\nr4 = r9\nr5 = 0\ncall "
			 "find_vma\n" PUT("16") "r1 = 0xc000\nr2 = 0x5123\nr3 = seen ll\nr4 = "
						"r9\nr5 = 1\ncall find_vma\n" PUT("24") "r0 = "
											"0\nexit\ns"
											"een:\n*("
											"u64 *)(r3 "
											"+ 0) = "
											"r2\n",
	    0x77, 0, -ENOENT, -EINVAL);
	RUN(
		"r1 = r9\nr2 = 8\nr3 = 0x5000\nr4 = 0xc000\nr5 = 0\ncall copy_from_user_task\n" PUT("8") "r1 = r9\nr1 += 16\nr2 = 8\nr3 = 0x4000\nr4 = 0xc000\nr5 = 0\ncall copy_from_user_task\n" PUT(
			"24") "r1 = r9\nr1 += 16\nr2 = 8\nr3 = 0x5000\nr4 = 0xb000\nr5 = 1\ncall "
			      "copy_from_user_task\n" PUT("32") "r1 = r9\nr1 += 40\nr2 = 8\nr3 = "
								"0x5007\nr4 = 0xc000\nr5 = 1\ncall "
								"bpf_copy_from_user_task_"
								"str\n" PUT32("48") "r1 = r9\nr1 "
										    "+= 56\nr2 = "
										    "8\nr3 = "
										    "0x4000\nr4 = "
										    "0xc000\nr5 = "
										    "1\ncall "
										    "bpf_copy_from_"
										    "user_task_"
										    "str\n" PUT32("64"),
		0x27726568746f6e61, 0, 0, -EFAULT, -EINVAL, 0x7327, 3, 0, -EFAULT);
	RUN("r1 = 0xb000\nr2 = r9\nr3 = 8\nr4 = 0\ncall get_task_stack\n" PUT(
		    "8") "r1 = 0xb000\nr2 = r9\nr2 += 16\nr3 = 8\nr4 = 256\ncall "
			 "get_task_stack\n" PUT("24"),
	    11, 8, 0, -EOPNOTSUPP);
}

/* ---- storage, by what the world knows ---- */

static int inode(void *arg, uint64_t at, uint64_t *ret_id)
{
	(void)arg;
	*ret_id = at;
	return at == 0x1234 ? 0 : -ENOENT;
}

#define STORE(get, object, at)                                                                     \
	"r1 = s ll\nr2 = " object "\nr3 = r10\nr3 += -8\nr4 = 1\ncall " get "\n"                   \
	"if r0 == 0 goto none" at "\nr0 = *(u64 *)(r0 + 0)\nnone" at ":\n" PUT(at)

static void storage(uint32_t type, const char *get_delete, struct vm_sock *sk)
{
	static const struct vm_outside files = {.inode = inode};
	const int64_t want[] = {77, 0, 0, 77, 0, -ENOENT, -EINVAL, -ENOENT};
	struct helper_text p;
	struct vm_world w;

	memset(&p, 0, sizeof(p));
	helper_case_init(&p.c, PROG_SYSCALL);
	p.c.map[p.c.maps++] = (struct helper_map){.name = "s",
						  .type = type,
						  .key_size = 4,
						  .value_size = 8,
						  .flags = MAP_F_NO_PREALLOC};
	helper_text_set(&p, get_delete);
	vm_world_init(&w, &files, NULL, 1);
	w.cgroup = cgroups;
	w.cgroups = ARRAY_LEN(cgroups);
	w.tasks = tasks;
	w.tasks_n = ARRAY_LEN(tasks);
	w.sk = sk;
	helper_text_check(&p, &w, want, ARRAY_LEN(want));
	helper_text_done(&p);
	vm_world_done(&w);
}

#define STORAGE(kind, object)                                                                      \
	"r9 = out ll\n*(u64 *)(r10 - 8) = 77\n" STORE(kind "_get", object, "0")                    \
		STORE(kind "_get", "0", "8") STORE(kind "_get", "99", "16") STORE(                 \
			kind "_get", object,                                                       \
			"24") "r1 = s ll\nr2 = " object "\ncall " kind                             \
			      "_delete\n" PUT(                                                     \
				      "32") "r1 = s ll\nr2 = " object "\ncall " kind               \
					    "_delete\n" PUT(                                       \
						    "40") "r1 = s ll\nr2 = 0\ncall " kind          \
							  "_delete\n" PUT(                         \
								  "48") "r1 = s ll\nr2 = "         \
									"99\ncall " kind           \
									"_delete\n" PUT(           \
										"56") "r0 = "      \
										      "0\nexit\n"

TEST(storages)
{
	struct vm_sock sk = {.address = 0x5555, .cookie = 3};

	storage(MAP_TYPE_TASK_STORAGE, STORAGE("task_storage", "0xb000"), NULL);
	storage(MAP_TYPE_CGRP_STORAGE, STORAGE("cgrp_storage", "0x3000"), NULL);
	storage(MAP_TYPE_INODE_STORAGE, STORAGE("inode_storage", "0x1234"), NULL);
	storage(MAP_TYPE_SK_STORAGE, STORAGE("sk_storage", "0x5555"), &sk);
}
