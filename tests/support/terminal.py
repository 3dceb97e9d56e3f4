"""Runs a program on a terminal of its own and answers its questions.

terminal.py COLUMNS ANSWERS PROGRAM [ARGUMENT ...]

ANSWERS is a JSON list of pairs: what is waited for, and what is typed then, or the number of a signal
that is sent. All that the program wrote goes to standard output; the exit code is the program's.
A program that leaves the terminal other than it found it is told on standard error.
"""

import fcntl
import json
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

columns, answers, *command = sys.argv[1:]
answers = json.loads(answers)
wait, go = os.pipe()
pid, terminal = pty.fork()
if pid == 0:
    os.read(wait, 1)  # until the terminal has its size
    os.execv(command[0], command)
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(columns), 0, 0))
before = termios.tcgetattr(terminal)
os.write(go, b".")
said = b""
looked_at = 0
typed = None
typed_at = 0.0
deadline = time.monotonic() + 120
while time.monotonic() < deadline:
    ready, _, _ = select.select([terminal], [], [], 0.2)
    if ready:
        try:
            chunk = os.read(terminal, 65536)
        except OSError:
            break
        if not chunk:
            break
        said += chunk
        # An answer is told by what is written after it, the echo of the key aside.
        if typed is not None and len(said) > looked_at + 8:
            typed = None
    if typed is not None and time.monotonic() > typed_at + 2:
        # It came before the program listened to single keys.
        os.write(terminal, typed)
        typed_at = time.monotonic()
    if answers and answers[0][0].encode() in said[looked_at:]:
        looked_at = len(said)
        answer = answers.pop(0)[1]
        if isinstance(answer, int):
            os.kill(pid, answer)
            continue
        typed = answer.encode()
        typed_at = time.monotonic()
        os.write(terminal, typed)
else:
    os.kill(pid, signal.SIGKILL)
sys.stdout.buffer.write(said)
_, status = os.waitpid(pid, 0)
if termios.tcgetattr(terminal) != before:
    print("the terminal has other modes than before", file=sys.stderr)
if said.rfind(b"\x1b[?25l") > said.rfind(b"\x1b[?25h"):
    print("the cursor is hidden", file=sys.stderr)
sys.exit(os.waitstatus_to_exitcode(status))
