#!/usr/bin/env python3
"""The hot loops of the NEON kernels: cycles by llvm-mca against the time of the busiest port.

    bench/hot_loops.py BUILD_DIR [-n] [-v] [CPU...]    BUILD_DIR is one of cross_aarch64.sh --all. LLVM_MCA names another
                                                       llvm-mca; 19 knows the ports of all of CPUS.
                                                       -n: finds the loops, times none. -v: prints them

A hot loop is the longest loop of a function without another loop or a branch inside. `cycles` are those of a pass,
of 100 in a row without a cache miss; `ports` is the time of the resource that a pass uses most."""
import os
import re
import subprocess
import sys

MCA = os.environ.get("LLVM_MCA", "llvm-mca")
CPUS = ["neoverse-n1", "neoverse-v1", "cortex-a55"]  # out of order with two and with four vector ports; in order

LOOPS = [  # what, object, function (a regular expression of the demangled name)
    ("batch norm + relu, one channel", "norm_f32", r"affine_run<.*SameChannel<.*Residual\)0, .*AffineAct\)1,"),
    ("batch norm + add + relu, one channel", "norm_f32", r"affine_run<.*SameChannel<.*Residual\)1, .*AffineAct\)1,"),
    ("max 3x3, columns", "pool_max", r"^bool .*::columns<"),
    ("max 2x2, NHWC", "pool_max", r"windows_abreast<.*Extremum<true, false>, 2, 2, .*DirectMap\)0>"),
    ("max 3x3 stride 1, NHWC, two rows", "pool_max", r"rolling_rows<.*Extremum<true, false>, 3, 3, 1, .*DirectMap\)0>"),
    ("max, across, stride 1", "pool_max", r"::across_run<"),
    ("max, across, stride 2, any window", "pool_max", r"::across_pairs<"),
    ("average 3x3, columns", "pool_sums", r"::columns<"),
    ("average, across, stride 2, any window", "pool_sums", r"::across_pairs<.*PowerOfTwo"),
    ("norm, bounds and global average, NHWC", "pool_long_sums", r"::long_direct<.*DirectMap\)1>"),
    ("statistics of a channel, NCHW", "moments_f32", r"::sum_blocks<1, .*MomentTerms,"),
    ("statistics, NHWC", "moments_f32", r"add_pixels<.*MomentTerms,"),
    ("training norm, one channel", "training_f32", r"affine_run<.*CentredChannel<.*Residual\)0, .*AffineAct\)1, .*NoMask"),
]


def functions(path):
    """name -> [(address, text)] of every function."""
    text = subprocess.run(["aarch64-linux-gnu-objdump", "-d", "-C", "--no-show-raw-insn", path],
                          check=True, capture_output=True, text=True).stdout
    out, name, base = {}, None, 0
    for line in text.splitlines():
        if head := re.match(r"[0-9a-f]+ <(.*)>:$", line):
            name = head[1] if head[1] not in out else head[1] + " again"
            out[name] = []
        elif (row := re.match(r"\s*([0-9a-f]+):\s+(.*)", line)) and name:
            out[name].append((int(row[1], 16), row[2].split("//")[0].strip()))
    return out


def loops(code):
    """Runs of instructions that end in a branch to their first and hold no other branch."""
    at = {address: i for i, (address, _) in enumerate(code)}
    for i, (_, text) in enumerate(code):
        branch = re.match(r"(?:b\.\w+|b|cbn?z|tbn?z)\s+(?:[^<]*\s)?([0-9a-f]+) <", text)
        if not branch or at.get(int(branch[1], 16), i + 1) > i:
            continue
        body = [t for _, t in code[at[int(branch[1], 16)]:i]]
        if not any(re.match(r"(b|b\.\w+|bl|cbn?z|tbn?z|ret)\b", t) for t in body):
            yield body


def measure(body, cpu):
    text = "\n".join(re.sub(r"\s*<.*", "", t) for t in body)
    report = subprocess.run([MCA, "-mtriple=aarch64", "-mcpu=" + cpu, "-iterations=100", "-instruction-info=0"],
                            input=text, check=True, capture_output=True, text=True).stdout
    return (float(re.search(r"Total Cycles:\s+(\d+)", report)[1]) / 100,
            float(re.search(r"Block RThroughput:\s+([\d.]+)", report)[1]))


def main():
    build, *rest = sys.argv[1:]
    cpus = [] if "-n" in rest else [a for a in rest if a != "-v"] or CPUS
    print("| loop | instructions | loads, stores | vector operations |" + "".join(f" {c}: cycles | ports |" for c in cpus))
    print("|" + "---|" * (4 + 2 * len(cpus)))
    for what, file, pattern in LOOPS:
        code = functions(f"{build}/CMakeFiles/poolnorm_kernels_neon.dir/lib/kernels/{file}.cpp.o")
        found = [body for name in code if re.search(pattern, name) for body in loops(code[name])]
        vector = [b for b in found if any(re.search(r"\bv\d+\.", t) for t in b)]
        if not vector:
            sys.exit(f"no loop of {what}: the kernels have other names than this script knows")
        body = max(vector, key=len)
        memory = sum(bool(re.match(r"(ld|st)", t)) for t in body)
        operations = sum(bool(re.search(r"\bv\d+\.", t)) and not re.match(r"(ld|st)", t) for t in body)
        times = "".join(" {:.1f} | {:.1f} |".format(*measure(body, cpu)) for cpu in cpus)
        print(f"| {what} | {len(body) + 1} | {memory} | {operations} |{times}")
        if "-v" in rest:
            print("\n".join(body))


if __name__ == "__main__":
    main()
