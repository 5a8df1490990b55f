// Does what the event says.
'use strict';
exports.handler = async (event) => {
  switch (event.do) {
    case 'raise': throw new TypeError('as asked');
    case 'sleep': return new Promise((resolve) => setTimeout(resolve, event.seconds * 1000));
    case 'exit': process.exit(event.status); break;
    case 'signal': process.kill(process.pid, 'SIGKILL'); return new Promise(() => {});
    case 'bytes': return 'x'.repeat(event.count);
    default: return { pid: process.pid, event };
  }
};
