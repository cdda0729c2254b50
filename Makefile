# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
#	make			build/skep (static, stripped), build/libskep.a, build/libskep-vm.a,
#				build/libskep-preload.so
#	make install		[DESTDIR=] [PREFIX=/usr/local]
#	make tests fuzzers	the test driver and the fuzz targets (plain regression drivers)
#	make layers exports	what also holds the build together
#
#	VARIANT=release|debug|san|tsan|stress|cov|fuzz|arm64	in a folder of its own, build/VARIANT
#	CC=gcc|clang	DEV=1 (warnings are errors)	V=1 (show the commands)

VARIANT ?= release
PREFIX ?= /usr/local
CROSS_arm64 = aarch64-linux-gnu-
CROSS = $(CROSS_$(VARIANT))
ifeq ($(origin CC),default)
CC = $(if $(filter fuzz,$(VARIANT)),clang,$(CROSS)gcc)
endif

AR = $(CROSS)ar
LD = $(CROSS)ld
OBJCOPY = $(CROSS)objcopy
STRIP = $(CROSS)strip
Q = $(if $(V),,@)
QUIET = $(findstring s,$(firstword -$(MAKEFLAGS)))
SAY = $(if $(V)$(QUIET),@:,@printf '  %-8s%s\n')

WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wpointer-arith \
	-Wwrite-strings -Wundef -Wformat=2 -Wswitch -Wimplicit-fallthrough -Wold-style-definition \
	$(if $(DEV),-Werror)
OPT_release = -O2 -g -DNDEBUG
OPT_arm64 = -O2 -g
OPT_debug = -O0 -g3
OPT_san = -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
OPT_tsan = -O1 -g -fsanitize=thread
OPT_stress = -O1 -g -DSKEP_STRESS -fsanitize=address,undefined -fno-sanitize-recover=all
OPT_cov = -O0 -g --coverage
OPT_fuzz = -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
OPT = $(OPT_$(VARIANT))
ifeq ($(OPT),)
$(error there is no VARIANT=$(VARIANT))
endif
# Allocations are counted wherever speed is not the point, for the tests under allocation failure.
COUNT = $(if $(filter release arm64,$(VARIANT)),,-DSKEP_MEM_COUNT)
STATIC = $(if $(filter release debug arm64,$(VARIANT)),-static)

CCNAME = $(notdir $(CC))
B = build
O = $(B)/$(VARIANT)$(if $(filter %gcc cc,$(CCNAME)),,$(if $(filter fuzz,$(VARIANT)),,-$(CCNAME)))
MODULES := $(shell awk '!/^\#/ && NF {print $$1}' src/layers)
IDENT_version = -DSKEP_VARIANT='"$(VARIANT)"' -DSKEP_COMPILER='"$(CCNAME)"' \
	-DSKEP_ARCH='"$(firstword $(subst -, ,$(shell $(CC) -dumpmachine)))"'
IDENT_check = -DSKEP_BIN='"$(SKEP)"'
CFLAGS_ALL = -std=gnu11 $(WARN) $(OPT) $(COUNT) -D_GNU_SOURCE -Isrc -Iinclude -fvisibility=hidden \
	-fno-strict-aliasing $(if $(STATIC),-ffunction-sections -fdata-sections) $(CFLAGS)
LDFLAGS_ALL = $(OPT) $(STATIC) $(if $(STATIC),-Wl$(comma)--gc-sections) $(LDFLAGS) -pthread
comma = ,

LIB_SRC := $(filter-out src/cli/% src/preload/%,$(foreach m,$(MODULES),$(wildcard src/$(m)/*.c)))
CLI_SRC := $(filter-out src/cli/main.c,$(wildcard src/cli/*.c))
TEST_SRC := $(wildcard tests/*.c)
FUZZ_SRC := $(filter-out fuzz/main.c,$(wildcard fuzz/*.c))
obj = $(patsubst %.c,$(O)/%.o,$(1))
LIB_OBJ = $(call obj,$(LIB_SRC))
# The machine alone, for embedders: no objects, no verifier, no front ends.
VM_OBJ = $(call obj,$(foreach m,base isa abi map vm,$(wildcard src/$(m)/*.c)) src/api/api.c src/api/vm.c)
CLI_OBJ = $(call obj,$(CLI_SRC))
ALL_OBJ = $(call obj,$(LIB_SRC) $(CLI_SRC) $(TEST_SRC) $(FUZZ_SRC) src/cli/main.c fuzz/main.c $(wildcard bench/*.c))
BENCHES = $(patsubst bench/%.c,$(O)/bench/%,$(wildcard bench/*.c))
FUZZERS = $(patsubst fuzz/%.c,$(O)/fuzz/%,$(FUZZ_SRC))

ifeq ($(O),$(B)/release)
SKEP = $(B)/skep
LIBSKEP = $(B)/libskep.a
LIBVM = $(B)/libskep-vm.a
PRELOAD = $(B)/libskep-preload.so
else
SKEP = $(O)/skep
LIBSKEP = $(O)/libskep.a
LIBVM = $(O)/libskep-vm.a
PRELOAD = $(O)/libskep-preload.so
endif

.PHONY: all tests fuzzers benches layers exports install clean
.DELETE_ON_ERROR:
.SECONDARY:

all: $(SKEP) $(LIBSKEP) $(LIBVM) $(PRELOAD)
tests: $(O)/tests/run $(SKEP) $(LIBSKEP) $(LIBVM) $(if $(filter release,$(VARIANT)),$(PRELOAD))
fuzzers: $(FUZZERS)
benches: $(BENCHES)

$(O)/%.o: %.c Makefile | $(B)/layers.ok
	$(SAY) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) $(IDENT_$(basename $(notdir $<))) -MMD -MP -c -o $@ $<

$(O)/skep.full: $(call obj,src/cli/main.c) $(CLI_OBJ) $(LIB_OBJ)
	$(SAY) LD $@
	$(Q)$(CC) -o $@ $^ $(LDFLAGS_ALL)

$(SKEP): $(O)/skep.full
	$(SAY) STRIP $@
	$(Q)$(if $(filter release arm64,$(VARIANT)),$(STRIP) -o $@ $<,ln -f $< $@)

# One relocatable object with all that is hidden made local, so that only skep_* can be seen.
$(LIBSKEP): $(LIB_OBJ)
$(LIBVM): $(VM_OBJ)
$(LIBSKEP) $(LIBVM):
	$(SAY) AR $@
	$(Q)$(LD) -r -o $(O)/$(@F).o $^
	$(Q)$(OBJCOPY) --localize-hidden $(O)/$(@F).o
	$(Q)rm -f $@ && $(AR) rcs $@ $(O)/$(@F).o

$(O)/tests/run: $(call obj,$(TEST_SRC)) $(CLI_OBJ) $(LIB_OBJ)
	$(SAY) LD $@
	$(Q)$(CC) -o $@ $^ $(LDFLAGS_ALL)

$(O)/bench/%: $(O)/bench/%.o $(LIB_OBJ)
	$(SAY) LD $@
	$(Q)$(CC) -o $@ $^ $(LDFLAGS_ALL) -lm

ifeq ($(VARIANT),fuzz)
$(O)/fuzz/%: $(O)/fuzz/%.o $(LIB_OBJ)
	$(SAY) LD $@
	$(Q)$(CC) -fsanitize=fuzzer -o $@ $^ $(LDFLAGS_ALL)
else
$(O)/fuzz/%: $(O)/fuzz/%.o $(O)/fuzz/main.o $(LIB_OBJ)
	$(SAY) LD $@
	$(Q)$(CC) -o $@ $^ $(LDFLAGS_ALL)
endif

# bpf(2) in user space under programs that are dynamically linked. The loader is theirs.
PRELOAD_OBJ = $(patsubst %.c,$(O)/pic/%.o,$(filter-out src/engine/load%.c,$(foreach \
	m,base isa abi btf map vm engine preload,$(wildcard src/$(m)/*.c))))
$(O)/pic/%.o: %.c Makefile | $(B)/layers.ok
	$(SAY) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) -fPIC -MMD -MP -c -o $@ $<

$(PRELOAD): $(PRELOAD_OBJ)
	$(SAY) LD $@
	$(Q)$(CC) -shared -o $@ $^ $(OPT) $(LDFLAGS) -Wl,--gc-sections -pthread -ldl

-include $(PRELOAD_OBJ:.o=.d)

layers: $(B)/layers.ok
$(B)/layers.ok: src/layers src/layers.awk $(wildcard src/*/*.[ch] src/*/*.def)
	@mkdir -p $(B)
	$(Q)awk -f src/layers.awk src/layers $(filter-out src/layers%,$^) >&2
	@touch $@

# The library's global symbols are those of include/skep.exports, no more and no fewer.
exports: $(LIBSKEP)
	$(Q)nm -g --defined-only $(LIBSKEP) | awk 'NF == 3 {print $$3}' | sort | \
		diff -u include/skep.exports - >&2

install: all
	install -d $(addprefix $(DESTDIR)$(PREFIX)/,bin lib/pkgconfig include share/man/man1 \
		share/bash-completion/completions share/zsh/site-functions \
		share/fish/vendor_completions.d)
	install -m 755 $(SKEP) $(DESTDIR)$(PREFIX)/bin/skep
	install -m 644 $(LIBSKEP) $(LIBVM) $(DESTDIR)$(PREFIX)/lib
	install -m 755 $(PRELOAD) $(DESTDIR)$(PREFIX)/lib
	install -m 644 include/skep.h $(DESTDIR)$(PREFIX)/include/skep.h
	sed -e 's|@PREFIX@|$(PREFIX)|' \
		-e "s|@VERSION@|$$(awk -F'"' '/define SKEP_VERSION/ {print $$2}' include/skep.h)|" \
		skep.pc.in > $(DESTDIR)$(PREFIX)/lib/pkgconfig/skep.pc
	$(SKEP) help --man > $(DESTDIR)$(PREFIX)/share/man/man1/skep.1
	for v in $$($(SKEP) help --verbs); do \
		$(SKEP) help --man $$v > $(DESTDIR)$(PREFIX)/share/man/man1/skep-$$v.1 || exit 1; done
	$(SKEP) help --completion bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/skep
	$(SKEP) help --completion zsh > $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_skep
	$(SKEP) help --completion fish > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/skep.fish

clean:
	rm -rf $(B)

-include $(ALL_OBJ:.o=.d)
