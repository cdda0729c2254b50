/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * oracle FILE [KCONFIG]: what libbpf makes of an object, as text, for tests/obj.c to compare with.
 *
 * libbpf is linked in, and its bpf(2) goes to __wrap_syscall: maps and BTF are files that nobody
 * looks into, programs are written down instead of loaded, and everything works - so libbpf takes
 * the kernel for one that knows all it can ask for. Only questions about the kernel's own BTF go
 * through. Descriptors of maps become indices, as in code that obj_prepare made.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);

enum { TOKEN_CREATE = 36 }; /* not in old headers */

static struct bpf_object *object;

static int some_fd(void)
{
	int fd = memfd_create("oracle", MFD_CLOEXEC);

	if (fd >= 0 && ftruncate(fd, 1L << 32))
		return -1;
	return fd;
}

/* By descriptor: 1 + the index of the map it is of. libbpf 1.4 and later move them by dup3(2). */
enum { FDS = 1 << 16 };
static int map_of[FDS], created[FDS];

/* A map of the object, not one that libbpf tries the kernel with: maps come in their order. */
static void map_write(const union bpf_attr *a, int fd)
{
	struct bpf_map *map;
	int i = 0;

	if (!object || !*a->map_name || fd < 0 || fd >= FDS)
		return;
	bpf_object__for_each_map(map, object)
	{
		if (!created[i] && bpf_map__type(map) == a->map_type &&
		    strncmp(bpf_map__name(map), a->map_name, sizeof(a->map_name) - 1) == 0)
			break;
		i++;
	}
	if (!map)
		return;
	created[i] = 1;
	map_of[fd] = i + 1;
	printf("map %.15s type %u key %u value %u max %u flags %#x extra %#llx key_type %u "
	       "value_type %u vmlinux_type %u\n",
	       a->map_name, a->map_type, a->key_size, a->value_size, a->max_entries, a->map_flags,
	       (unsigned long long)a->map_extra, a->btf_key_type_id, a->btf_value_type_id,
	       a->btf_vmlinux_value_type_id);
}

static void infos_write(const char *what, __u64 at, unsigned n, unsigned size)
{
	for (unsigned i = 0; i < n; i++) {
		const unsigned *r = (const unsigned *)(at + (__u64)i * size);

		printf("%s", what);
		for (unsigned k = 0; k < size / 4; k++)
			printf(" %u", r[k]);
		printf("\n");
	}
}

static void prog_write(const union bpf_attr *a)
{
	struct bpf_insn *insn = (struct bpf_insn *)a->insns, i;
	struct bpf_program *p;
	unsigned k;

	if (!object)
		return;
	bpf_object__for_each_program(p, object)
	{
		if (bpf_program__autoload(p) &&
		    strncmp(bpf_program__name(p), a->prog_name, sizeof(a->prog_name) - 1) == 0)
			break;
	}
	if (!p)
		return;
	printf("prog %.15s type %u attach %u btf %u flags %#x insns %u\n", a->prog_name,
	       a->prog_type, a->expected_attach_type, a->attach_btf_id, a->prog_flags, a->insn_cnt);
	for (k = 0; k < a->insn_cnt; k++) {
		i = insn[k];
		/* others are the program's own, not put there by libbpf */
		if (i.code == (BPF_LD | BPF_DW | BPF_IMM) && (i.src_reg == 1 || i.src_reg == 2) &&
		    i.imm > 0 && i.imm < FDS && map_of[i.imm]) {
			i.src_reg += 4;
			i.imm = map_of[i.imm] - 1;
		}
		printf("%02x %u %u %d %d\n", i.code, i.dst_reg, i.src_reg, i.off, i.imm);
	}
	infos_write("func", a->func_info, a->func_info_cnt, a->func_info_rec_size);
	infos_write("line", a->line_info, a->line_info_cnt, a->line_info_rec_size);
}

long __wrap_syscall(long number, ...)
{
	long a[6];
	va_list ap;
	int fd;

	va_start(ap, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (number == SYS_dup3 && a[0] < FDS && a[1] < FDS)
		map_of[a[1]] = map_of[a[0]];
	if (number != SYS_bpf)
		return __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	switch (a[0]) {
	case BPF_MAP_CREATE:
		fd = some_fd();
		map_write((const union bpf_attr *)a[1], fd);
		return fd;
	case BPF_PROG_LOAD:
		prog_write((const union bpf_attr *)a[1]);
		return some_fd();
	case BPF_BTF_LOAD:
		return some_fd();
	case BPF_OBJ_GET:
	case TOKEN_CREATE:
		errno = ENOENT;
		return -1;
	case BPF_BTF_GET_NEXT_ID:
	case BPF_BTF_GET_FD_BY_ID:
	case BPF_OBJ_GET_INFO_BY_FD:
		return __real_syscall(number, a[0], a[1], a[2]);
	}
	return 0;
}

static int say(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, fmt, ap) : 0;
}

int main(int argc, char **argv)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts);
	static char config[1 << 20];
	struct bpf_map *map;
	int err;

	libbpf_set_print(say);
	if (argc < 2) {
		printf("%u.%u\n", libbpf_major_version(), libbpf_minor_version());
		return 0;
	}
	if (argc > 2)
		opts.kconfig = strncpy(config, argv[2], sizeof(config) - 1);
	object = bpf_object__open_file(argv[1], &opts);
	if (!object) {
		printf("open %d\n", -errno);
		return 1;
	}
	bpf_object__for_each_map(map,
				 object) /* the host's processors are not the object's concern */
		if (bpf_map__type(map) == BPF_MAP_TYPE_PERF_EVENT_ARRAY &&
		    !bpf_map__max_entries(map)) bpf_map__set_max_entries(map, 1);
	err = bpf_object__load(object);
	if (err)
		printf("load %d\n", err);
	bpf_object__close(object);
	return err != 0;
}
