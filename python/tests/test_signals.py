"""Ctrl-C in long calls, in processes of their own; how long it takes is for the benchmark to say."""

import signal
import subprocess
import sys

import pytest
from processes import LIMIT_S, next_line, run_script

# One buffer of many times the memory behind it: the same 64 MiB mapped again and again.
START = """
import ctypes, os, signal, sys, threading, time
import dgen_py

def endless(window=64 << 20, times=4096):
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
    memory = os.memfd_create("endless")
    os.ftruncate(memory, window)
    none, private_anonymous_noreserve, shared_fixed, read_write = 0, 0x4022, 0x11, 3
    base = libc.mmap(None, window * times, none, private_anonymous_noreserve, -1, 0)
    for index in range(times):
        at = base + index * window
        assert libc.mmap(at, window, read_write, shared_fixed, memory, 0) == at
    return (ctypes.c_char * (window * times)).from_address(base)

def repeat(call, again):
    call()
    while again:
        call()

def in_main_thread(call):
    frame = sys._current_frames()[threading.main_thread().ident]
    while frame and frame.f_code is not call.__code__:
        frame = frame.f_back
    return frame is not None

def tell(under_way):
    while not under_way():
        time.sleep(0.001)
    print("under way", flush=True)

def interrupted(call, again, under_way=None):
    try:
        threading.Thread(target=tell, args=(under_way or (lambda: in_main_thread(call)),), daemon=True).start()
        # In a frame of its own: some interpreters do not see a loop's jump as inside the block.
        repeat(call, again)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
    else:
        print("finished", flush=True)
"""

# Calls that last for minutes unless interrupted.
SINGLE = {
    "fill_chunk": "buffer = endless(); generator = dgen_py.Generator(1 << 60); call = lambda: generator.fill_chunk(buffer)",
    "fill_chunk on one thread": "buffer = endless(); generator = dgen_py.Generator(1 << 60, max_threads=1); call = lambda: generator.fill_chunk(buffer)",
    "fill_at": "buffer = endless(); generator = dgen_py.Generator(9, 3, 10); call = lambda: generator.fill_at(77, buffer)",
    "fill_buffer": "buffer = endless(); call = lambda: dgen_py.fill_buffer(buffer)",
    "readinto": "buffer = endless(); file = dgen_py.Generator(1 << 60).open(); call = lambda: file.readinto(buffer)",
    "bench_rolling_pool": "call = lambda: dgen_py.bench_rolling_pool(4096, 1 << 60)",
}
# Calls that allocate what they fill, again and again.
REPEATED = {
    "generate_buffer": "call = lambda: dgen_py.generate_buffer(256 << 20)",
    "get_chunk": "generator = dgen_py.Generator(1 << 60, max_threads=1); call = lambda: generator.get_chunk(256 << 20)",
    "read": "file = dgen_py.Generator(1 << 60).open(); call = lambda: file.read(256 << 20)",
    "next_slice": "pool = dgen_py.BufferPool(); call = lambda: pool.next_slice(256 << 20)",
    "create_bytearrays": "call = lambda: dgen_py.create_bytearrays(256, 1 << 20)",
    "small fills": "buffer = bytearray(64); generator = dgen_py.Generator(1 << 60); call = lambda: generator.fill_chunk(buffer)",
}


def interrupt(code):
    """Runs a script, interrupts it once it is in its call, and returns what it says then."""
    script = subprocess.Popen([sys.executable, "-c", START + code], stdout=subprocess.PIPE, text=True)
    try:
        assert next_line(script.stdout) == "under way\n"
        script.send_signal(signal.SIGINT)
        said = script.communicate(timeout=LIMIT_S)[0]
    finally:
        script.kill()
        script.communicate()
    assert script.returncode == 0
    return said


@pytest.mark.skipif(sys.platform != "linux", reason="maps memory as Linux does")
@pytest.mark.parametrize("name", SINGLE)
def test_ctrl_c_ends_a_long_call(name):
    assert interrupt(f"{SINGLE[name]}; interrupted(call, False)") == "interrupted\n"


@pytest.mark.parametrize("name", REPEATED)
def test_ctrl_c_ends_calls_that_allocate(name):
    assert interrupt(f"{REPEATED[name]}; interrupted(call, True)") == "interrupted\n"


def test_afterwards_everything_goes_on():
    code = """
buffer = endless()
generator = dgen_py.Generator(1 << 60, seed=1)
interrupted(lambda: generator.fill_chunk(buffer), False, lambda: generator.position() > 0)
small = bytearray(100)
assert generator.position() == len(buffer)
generator.reset()
assert generator.fill_chunk(small) == 100
assert small == dgen_py.generate_buffer(100, seed=1)
"""
    assert interrupt(code) == "interrupted\n"


def test_a_handler_that_returns_lets_the_call_go_on():
    code = """
handled = []
signal.signal(signal.SIGALRM, lambda *_: handled.append(1))
signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
buffer = endless(times=16)
while not handled:
    dgen_py.fill_buffer(buffer, max_threads=1, seed=1)
signal.setitimer(signal.ITIMER_REAL, 0)
assert buffer[:4096] == bytes(dgen_py.Generator.from_recipe("dgen1,seed=1", 4096, offset=15 << 26).get_chunk(4096))
"""
    run_script(START + code)
