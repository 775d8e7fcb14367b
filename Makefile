# Everything from a bare machine: Python 3.11 or newer and make. Paths are relative throughout,
# because make cannot name a target in a folder whose path has a space.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header
export PYTHONUTF8 := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
unexport PYTHONPATH
unexport PYTHONHOME

.DEFAULT_GOAL := help
.PHONY: help run test check explore bench format rules-doc lock install install-dev install-browser

help: ## 显示本说明
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1|\2/p' Makefile | awk -F'|' '{printf "%-16s %s\n", $$1, $$2}'

run: install ## 安装并启动整个系统，Ctrl-C 停止
	@exec $(RUN) -m sandbox_reg.supervisor

test: install-dev ## 安装并运行测试
	@$(RUN) -m pytest -n auto $(ARGS)

check: install-dev ## 格式、规范、类型、迁移、全部测试；持续集成只调用它
	@$(RUN) -m sandbox_reg.check

explore: install-dev ## 用新抽取的数据重跑基于性质的测试
	@HYPOTHESIS_PROFILE=anew $(RUN) -m pytest -n auto $$(grep -l "@given" -r tests) $(ARGS)

bench: install-dev ## 运行性能基准（耗时较长）
	@$(RUN) -m benchmarks $(ARGS)

format: install-dev ## 按规范整理代码格式
	@$(RUN) -m ruff check --fix --quiet .; $(RUN) -m ruff format .

rules-doc: install-dev ## 重新生成 docs/rules.md、docs/permissions.md 和 docs/settings.md
	@$(RUN) -m sandbox_reg.settings_doc
	@$(RUN) manage.py rules_doc
	@$(RUN) manage.py permissions_doc

lock: ## 维护者：重新锁定依赖版本（需要 uv）
	@cd requirements && for group in base embedded dev browser; do $(LOCK) $$group.in -o $$group.txt || exit 1; done

install: $(VENV)/run.stamp
install-dev: $(VENV)/dev.stamp
install-browser: $(VENV)/browser.stamp

$(VENV)/venv.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "需要 Python 3.11 或更高版本；请安装后重试，或用 make PYTHON=/路径/python3.11 指定。" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "这个 Python 不能建立虚拟环境；Debian 和 Ubuntu 请先执行 apt install python3-venv，再重试。" >&2; exit 1; }
	@echo "正在建立虚拟环境 $(VENV) ……"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/run.stamp: $(VENV)/venv.stamp requirements/base.txt requirements/embedded.txt
	@echo "正在安装依赖 ……"
	@$(RUN) -m pip install -qq --require-hashes -r requirements/base.txt -r requirements/embedded.txt
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp requirements/dev.txt
	@echo "正在安装测试和检查工具 ……"
	@$(RUN) -m pip install -qq --require-hashes -r requirements/dev.txt
	@touch $@

$(VENV)/browser.stamp: $(VENV)/dev.stamp requirements/browser.txt
	@$(RUN) -m pip install -qq --require-hashes -r requirements/browser.txt
	@touch $@
