#!/usr/bin/env python3
"""Mutation testing: does a test fail when a line is wrong?   tests/mutate.py BUILD_DIR [--count N] [--only REGEX] ...

Makes mutants of lib/, but for what no result depends on: an operator flipped, a constant changed, a condition negated, a
statement dropped. Each is one changed line in a file that lies over the sources, one object compiled anew, one link, and
the tests with few random cases, on avx2 (portable elsewhere) alone, as many mutants at once as there are processors; what
the other instruction sets have for themselves has no mutants. One that lives in this object is tried in up to five others
of the file. Killed: a test fails, crashes or hangs. A mutant whose object is the same byte for byte is no mutant.
Survivors that mean nothing stand in mutants_explained.txt with the reason. Fails when less than 95 % of the others
are killed.
"""
import argparse
import collections
import concurrent.futures
import hashlib
import json
import math
import os
import pathlib
import platform
import re
import resource
import shutil
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
EXPLAINED = ROOT / "tests" / "mutants_explained.txt"
LEAST_KILLED = 95
LEAST_MUTANTS = 100
SLOW_SHARE = 0.03     # a test case of more than this part of the suite's time is not run on mutants
MEMORY = 6 << 30      # what a mutant may take
PATIENCE = 5, 5       # its processor time: seconds, and how many times those of the tests without it
ISA = "avx2" if platform.machine() == "x86_64" else "portable"

FLIPS = {"+": "-", "-": "+", "*": "+", "/": "*", "%": "/", "<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=",
         "!=": "==", "&&": "||", "||": "&&", "+=": "-=", "-=": "+=", "&": "|", "|": "&", "<<": ">>", ">>": "<<"}
WORDS = {"true": "false", "false": "true", "std::min": "std::max", "std::max": "std::min"}
BINARY = re.compile(r"(?<= )(" + "|".join(map(re.escape, sorted(FLIPS, key=len, reverse=True))) + r")(?= )")
INTEGER = re.compile(r"(?<![\w.'])\d+(?![\w.'])")
REAL = re.compile(r"(?<![\w.])(\d+\.\d+)(f?)(?!\w)")
STATEMENT = re.compile(r"\s+(?!return|const|auto|using|static|typename|constexpr|if|for|while|do|else|case|goto|struct)"
                       r"([\w.\->\[\]()*:]+ ([-+*|&/]|<<|>>)?= .*|(\+\+|--)[\w.\->\[\]]+|[\w:.\->]+(<[\w:, ]*>)?\(.*\));$")
CONDITION = re.compile(r"\b(if|while) \((?!constexpr)(.*)\)( |$)")

Mutant = collections.namedtuple("Mutant", "file line before after what")


def code_of(line):
    """The line without its comment; strings blanked."""
    line = re.sub(r'"(\\.|[^"\\])*"', lambda m: '"' + " " * (len(m.group()) - 2) + '"', line)
    return line.split("//")[0].rstrip()


def balanced(text):
    return all(text.count(a) == text.count(b) for a, b in ("()", "[]", "{}"))


def mutants_of(file, text):
    lines = text.splitlines()
    for i, line in enumerate(lines):
        code = code_of(line)
        if not code.strip() or re.match(r"\s*(#|template|static_assert|using|namespace|struct|class|enum|friend)", code):
            continue

        def replaced(begin, end, new, what):
            return Mutant(file, i, line, line[:begin] + new + line[end:], what)

        for m in BINARY.finditer(code):
            yield replaced(*m.span(), FLIPS[m.group()], "operator")
        for m in INTEGER.finditer(code):
            n = int(m.group())
            yield replaced(*m.span(), str(n + 1), "constant")
            if n > 0:
                yield replaced(*m.span(), str(n - 1), "constant")
        for m in REAL.finditer(code):
            yield replaced(*m.span(), f"{float(m.group(1)) + 1.0}{m.group(2)}", "constant")
        for word, other in WORDS.items():
            for m in re.finditer(rf"(?<![\w:]){word}(?!\w)", code):
                yield replaced(*m.span(), other, "word")
        begins = i > 0 and re.search(r"([;{}:]|\*/|LAMBDA \{)$", code_of(lines[i - 1]) or ";")
        if begins and STATEMENT.match(code) and balanced(code):
            yield Mutant(file, i, line, re.sub(r"\S.*", ";", code, count=1), "statement dropped")
        m = CONDITION.search(code)
        if m and balanced(m.group(2)):
            first = m.start(2) + m.group(2).rfind("; ") + 2 if "; " in m.group(2) else m.start(2)
            yield replaced(first, m.end(2), f"!({line[first:m.end(2)]})", "condition")


def sources():
    """All of lib/, but for what decides how, never what, so that no test can see it (schedules, and the sizes of caches that
    they go by), and for a file of explain()'s words."""
    for path in sorted((ROOT / "lib").rglob("*.[ch]pp")):
        if not re.search("schedule|caches|explain", path.name):
            yield path.relative_to(ROOT)


def choose(by_file, count, seed):
    """`count` mutants, more from larger files, and of small ones from some; the seed says from which. By their text: a
    line added elsewhere changes no choice."""
    def number_of(text):
        return int.from_bytes(hashlib.sha256(f"{seed}\0{text}".encode()).digest(), "big") / 2 ** 256
    def turn_of(m):
        return number_of(f"{m.file}\0{m.before.strip()}\0{m.after.strip()}")
    pools = {f: sorted(m, key=turn_of) for f, m in by_file.items() if m}
    step = {f: 1 / math.sqrt(len(m)) for f, m in by_file.items() if m}
    turn = {f: number_of(f) * step[f] for f in pools}  # its first within a step from 0
    chosen = []
    while len(chosen) < count and any(pools.values()):
        f = min((f for f in pools if pools[f]), key=lambda name: (turn[name], str(name)))
        turn[f] += step[f]
        chosen.append(pools[f].pop())
    return chosen


class Build:
    def __init__(self, folder, options):
        self.source, self.build = folder / "source", folder / "build"
        for name in ("lib", "include", "tests", "cmake", "CMakeLists.txt", "README.md"):
            copy_changed(ROOT / name, self.source / name)
        self.must(["cmake", "-S", self.source, "-B", self.build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=None",
                   "-DCMAKE_CXX_FLAGS=-O1", "-DCMAKE_C_FLAGS=-O1", "-DPOOLNORM_KERNEL_OPT=-O1",
                   f"-DPOOLNORM_ISAS={ISA};portable", "-DPOOLNORM_OPENMP=OFF", "-DPOOLNORM_BUILD_TESTS=ON",
                   "-DPOOLNORM_BUILD_BENCH=OFF", "-DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON", *options])
        self.must(["cmake", "--build", self.build, "-j", os.cpu_count(), "--target", "poolnorm_tests"])
        self.objects = {}   # object: compile command
        compdb = subprocess.run(["ninja", "-C", self.build, "-t", "compdb"], capture_output=True, text=True, check=True)
        for entry in json.loads(compdb.stdout):
            output = entry["output"]
            if f"/poolnorm_kernels_{ISA}.dir/" in f"/{output}" or "/poolnorm.dir/" in f"/{output}":
                self.objects[output] = entry["command"]
        self.users = collections.defaultdict(list)  # source: objects it goes into, quickest first
        seconds = self.compile_seconds()
        for output in sorted(self.objects, key=lambda o: seconds.get(o, 0)):
            deps = subprocess.run(["ninja", "-C", self.build, "-t", "deps", output], capture_output=True, text=True).stdout
            for line in deps.splitlines()[1:]:
                path = (self.build / line.strip()).resolve()
                if path.is_relative_to(self.source.resolve()):
                    self.users[path.relative_to(self.source.resolve())].append(output)
        link = subprocess.run(["ninja", "-C", self.build, "-t", "commands", "poolnorm_tests"], capture_output=True,
                              text=True, check=True).stdout.splitlines()[-1]
        quick = next((f" -fuse-ld={name}" for name in ("lld", "gold") if shutil.which(f"ld.{name}")), "")
        self.link = link.replace(" -o tests/poolnorm_tests ", quick + " -o {1} {0}/mutant.o ")
        assert "mutant.o" in self.link and "libpoolnorm.a" in self.link, link

    def users_of(self, file):
        """Some objects that `file` goes into: the quickest of every kind (norm_f32.cpp and norm_f64.cpp are one) first."""
        kinds = collections.Counter()
        def turn(output):
            kind = re.sub(r"_[a-z]+\d+(?=\.)", "", pathlib.Path(output).name)
            kinds[kind] += 1
            return kinds[kind]
        return sorted(self.users[file], key=turn)[:6]

    @staticmethod
    def must(command):
        done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            sys.exit(f"{done.stdout[-4000:]}\nmutate.py: {command[0]} failed, see above")

    def compile_seconds(self):
        seconds = {}
        for line in (self.build / ".ninja_log").read_text().splitlines()[1:]:
            begin, end, _, output, *_ = line.split("\t")
            seconds[output] = int(end) - int(begin)
        return seconds

    def compile(self, output, place):
        """place/mutant.o as `output` is made, of the files in `place` where it has any; False when it does not compile."""
        def source(match):
            mine = place / pathlib.Path(match.group(1)).relative_to(self.source)
            return f" -c {mine if mine.exists() else match.group(1)}"
        command = re.sub(r" -o \S+", f" -iquote {place}/lib -o {place}/mutant.o", self.objects[output])
        command = re.sub(r" -M\w+( \S+\.(d|o)(?= ))?", "", command)
        command = re.sub(r" -c (\S+)", source, command)
        return subprocess.run(command, shell=True, cwd=self.build, stderr=subprocess.DEVNULL).returncode == 0

    def is_as_before(self, output, place):
        code = []
        for name in (output, place / "mutant.o"):
            subprocess.run(["objcopy", "--strip-debug", name, place / "stripped.o"], cwd=self.build, check=True)
            code.append((place / "stripped.o").read_bytes())
        return code[0] == code[1]


def copy_changed(source, target):
    """Makes target like source; what is as it was keeps its time."""
    if source.is_dir():
        children = list(source.iterdir())
        for name in {c.name for c in target.glob("*")} - {c.name for c in children}:
            gone = target / name
            shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
        for child in children:
            copy_changed(child, target / child.name)
    elif not target.exists() or source.read_bytes() != target.read_bytes():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


class Tests:
    """Rounds: random requests and refusals find most; then the other test cases, those of an instant first."""

    def __init__(self, build, cases):
        self.build, self.cases = build, cases
        program = self.build.build / "tests" / "poolnorm_tests"
        known = self.build.build / "baseline.json"  # of this very program
        key = [program.stat().st_mtime_ns, cases]
        if known.exists() and json.loads(known.read_text())["key"] == key:
            self.rounds, self.seconds = (json.loads(known.read_text())[name] for name in ("rounds", "seconds"))
        else:
            self.time(program)
            known.write_text(json.dumps({"key": key, "rounds": self.rounds, "seconds": self.seconds}))
        print(f"without a mutant: {' + '.join(f'{s:.1f} s' for s in self.seconds)}", flush=True)

    def time(self, program):
        done, _ = self.run(program, ["-d=true"], abort=False)
        timed = {name: float(seconds) for seconds, name in re.findall(r"^([0-9.]+) s: (.*)$", done.stdout, re.M)}
        # What fails without a mutant wants more memory than a mutant may take.
        failed = re.findall(r"^TEST CASE:  (.*)\n(?:.*\n)*?.*(?:ERROR:|CRASHED)", done.stdout, re.M)
        slow_seconds = SLOW_SHARE * sum(timed.values())
        slow = sorted({name for name, seconds in timed.items() if seconds > slow_seconds}.union(failed))
        first = "*random*,*refuse*"
        def all_but(names):
            return [f"-tce={first}," + ",".join(name.replace(",", "?") for name in names)]
        def only(names):
            return ["-tc=" + ",".join(name.replace(",", "?") for name in names), f"-tce={first}"]
        middle = sorted(name for name, seconds in timed.items() if seconds > slow_seconds / 10 and name not in slow)
        self.rounds = [[f"-tc={first}"], all_but(middle + slow), only(middle)]
        print(f"{len(timed)} test cases, {len(slow)} of them left out: {'; '.join(slow)}", flush=True)
        self.seconds = []
        for arguments in self.rounds:
            done, seconds = self.run(program, arguments)
            if done.returncode != 0:
                sys.exit(f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}\nmutate.py: the tests fail without any mutant "
                         f"(exit code {done.returncode}): {' '.join(arguments)}")
            self.seconds.append(seconds)

    def run(self, program, arguments, seconds=3600.0, abort=True):
        """Processor time is limited: a busy machine makes no difference. A deadlock takes none, hence the other limit."""
        limited = ["prlimit", f"--data={MEMORY}", f"--cpu={math.ceil(seconds)}"]
        environment = dict(os.environ, POOLNORM_TEST_CASES=str(self.cases))
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([*limited, program, f"--isa={ISA}", f"--abort-after={int(abort)}", *arguments],
                              capture_output=True, text=True, errors="replace", timeout=20 * seconds, env=environment,
                              cwd=self.build.build)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return done, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def kill(self, program, round):
        try:
            seconds = PATIENCE[0] + PATIENCE[1] * self.seconds[round]
            return self.run(program, self.rounds[round], seconds)[0].returncode != 0
        except subprocess.TimeoutExpired:
            return True


def verdict(build, tests, mutant):
    place = build.build / f"mutant-{threading.get_ident()}"  # a folder for every thread
    path = place / mutant.file
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (build.source / mutant.file).read_text().splitlines()
    lines[mutant.line] = mutant.after
    path.write_text("\n".join(lines) + "\n")
    programs = []
    try:
        for output in build.users_of(mutant.file):
            if not build.compile(output, place):
                return "does not compile"
            if build.is_as_before(output, place):
                continue
            program = place / f"mutant-{len(programs)}"
            link = build.link.format(place, program)
            if subprocess.run(link, shell=True, cwd=build.build, capture_output=True).returncode != 0:
                return "does not compile"
            if tests.kill(program, 0):
                return "killed"
            programs.append(program)
        for round in range(1, len(tests.rounds)):
            if any(tests.kill(program, round) for program in programs):
                return "killed"
        return "survived" if programs else "same code"
    finally:
        path.unlink()


def verdicts(build, tests, mutants, jobs, enough):
    """Each mutant and its verdict, in this order, `jobs` of them at work, until there are enough()."""
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        ahead = collections.deque()
        for m in mutants:
            ahead.append((m, pool.submit(verdict, build, tests, m)))
            if len(ahead) > jobs:
                first, result = ahead.popleft()
                yield first, result.result()
            if enough():
                break
        for m, result in ahead:
            yield m, result.result()


def explanations():
    """(file, before, after): reason."""
    reasons = {}
    if EXPLAINED.exists():
        for block in EXPLAINED.read_text().split("\n\n"):
            lines = [line for line in block.splitlines() if line and not line.startswith("#")]
            if len(lines) == 4:
                file, before, after, reason = lines[0].strip(), lines[1][2:].strip(), lines[2][2:].strip(), lines[3].strip()
                if before not in map(str.strip, (ROOT / file).read_text().splitlines()):
                    sys.exit(f"{EXPLAINED.name} explains a line that {file} no longer has: {before}")
                reasons[file, before, after] = reason
    return reasons


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=150, help="mutants that compile to other code")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="files whose name this regular expression finds")
    parser.add_argument("--cases", type=int, default=2000, help="random requests, as POOLNORM_TEST_CASES")
    parser.add_argument("--skip", type=int, default=0, help="leave out the first so many, of an earlier run")
    parser.add_argument("--seconds", type=float, default=math.inf, help="begin no mutant after this time")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="mutants at once")
    parser.add_argument("--option", action="append", default=[], help="a further CMake option")
    a = parser.parse_args()
    reasons = explanations()
    build = Build(a.build.resolve(), a.option)
    tests = Tests(build, a.cases)
    files = [f for f in sources() if build.users[f] and re.search(a.only, str(f))]
    by_file = {f: list(mutants_of(f, (ROOT / f).read_text())) for f in files}
    folders = collections.Counter()
    for f, mutants in by_file.items():
        folders[f.parent.name] += len(mutants)
    print(f"{sum(folders.values())} possible mutants in {len(files)} files: "
          f"{', '.join(f'{folder} {n}' for folder, n in folders.items())}", flush=True)

    begin = time.monotonic()
    count = collections.Counter()
    survivors = []
    def enough():
        return count["killed"] + count["survived"] + count["explained"] >= a.count or time.monotonic() - begin > a.seconds
    chosen = choose(by_file, a.skip + 3 * a.count, a.seed)[a.skip:]
    for m, result in verdicts(build, tests, chosen, a.jobs, enough):
        if result == "survived" and (str(m.file), m.before.strip(), m.after.strip()) in reasons:
            result = "explained"
        count[result] += 1
        print(f"{result:16} {m.file}:{m.line + 1} ({m.what}): {m.after.strip()}", flush=True)
        if result == "survived":
            survivors.append(m)

    judged = count["killed"] + count["survived"]
    share = 100 * count["killed"] / max(1, judged)
    print(f"{judged + count['explained']} mutants: {count['killed']} killed, {count['survived']} survived, "
          f"{count['explained']} explained; {share:.1f} % killed (at least {LEAST_KILLED} %). No mutants: "
          f"{count['same code']} of the same code, {count['does not compile']} that do not compile.")
    if survivors:
        print("\nSurvivors. What to do: add a test that fails for each, or, where no result can differ, the reason, as")
        print("one more line under it, to tests/mutants_explained.txt:\n")
        for m in survivors:
            print(f"{m.file}\n- {m.before.strip()}\n+ {m.after.strip()}\n")
    if judged + count["explained"] < min(LEAST_MUTANTS, a.count) and math.isinf(a.seconds):
        sys.exit("too few mutants to say anything")
    sys.exit(share < LEAST_KILLED)


if __name__ == "__main__":
    main()
