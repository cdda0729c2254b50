/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Programs and libraries by short names, and names by patterns. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sym/impl.h"

/* Where the dynamic linker looks when nobody says otherwise. */
static const char *const library_dirs[] = {
#if defined(__x86_64__)
	"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu",
#elif defined(__aarch64__)
	"/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu",
#endif
	"/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib",
};

bool sym_glob(const char *pattern, const char *name, size_t len)
{
	const char *star = NULL, *from = NULL, *end = name + len;

	while (name < end) {
		if (*pattern == '*') {
			star = ++pattern;
			from = name;
		} else if (*pattern == '?' || *pattern == *name) {
			pattern++;
			name++;
		} else if (star) { /* the last * takes one more */
			pattern = star;
			name = ++from;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

static bool try_path(struct str *s, const char *dir, size_t len, const char *name, const char *suffix, int how)
{
	str_reset(s);
	str_addf(s, "%.*s/%s%s", (int)len, dir, name, suffix);
	return !str_err(s) && !access(s->s, how);
}

static bool in_dirs(struct str *s, const char *dirs, const char *name, int how)
{
	size_t len;

	for (; dirs && *dirs; dirs += len + (dirs[len] == ':')) {
		len = strcspn(dirs, ":");
		if (len && try_path(s, dirs, len, name, "", how))
			return true;
	}
	return false;
}

/* "libc" is libc.so or libc.so.N, the greatest N that there is of a few; as it is if it has ".so". */
static bool in_library_dir(struct str *s, const char *dir, const char *name)
{
	char suffix[16];
	int version;

	if (strstr(name, ".so"))
		return try_path(s, dir, strlen(dir), name, "", R_OK);
	for (version = 99; version >= 0; version--) {
		snprintf(suffix, sizeof(suffix), ".so.%d", version);
		if (try_path(s, dir, strlen(dir), name, suffix, R_OK))
			return true;
	}
	return try_path(s, dir, strlen(dir), name, ".so", R_OK);
}

int sym_find_file(const char *name, struct diag *d, struct str *ret_path)
{
	size_t i;

	if (strchr(name, '/')) {
		str_add(ret_path, name);
		return str_err(ret_path);
	}
	if (in_dirs(ret_path, getenv("PATH"), name, X_OK) || in_dirs(ret_path, getenv("LD_LIBRARY_PATH"), name, R_OK))
		return 0;
	if (str_has_prefix(name, "lib"))
		for (i = 0; i < ARRAY_LEN(library_dirs); i++)
			if (in_library_dir(ret_path, library_dirs[i], name))
				return 0;
	str_reset(ret_path);
	diag_error(d, "sym.file", DIAG_NONE, "there is no program or library '%s'", name);
	return -ENOENT;
}
