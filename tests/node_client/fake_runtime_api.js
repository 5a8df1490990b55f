// A Runtime API in a few lines, and the process under test beside it: hands out the events it is
// given, one after the other, keeps every request, and then leaves /next open.
'use strict';

const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const { spawn } = require('node:child_process');

const kLimitMs = 20_000; // of any wait; generous, because the machine may be busy
const kOurClient = path.join(__dirname, '../../emulator/function/node_client/runtime.js');
// CLIENT=official runs the same cases against AWS's client: OFFICIAL_CLIENT names the file to
// start.
const official = process.env.CLIENT === 'official';
const clientFile = official ? process.env.OFFICIAL_CLIENT : kOurClient;

function within_limit(promise, what) {
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`nothing within ${kLimitMs} ms: ${what()}`)),
      kLimitMs,
    );
  });
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}

class Run {
  constructor(files, handler, options) {
    this.requests = []; // {method, path, headers, body, trailers, chunks}, without /next
    this.nexts = 0;
    this.connections = 0;
    this.output = '';
    this.exit = null; // {code, signal}
    this.waiters = [];
    this.events = options.events ?? ['{}'];
    this.answers = options.answers ?? {}; // path suffix → status
    this.options = options;
    this.idle = false; // all events handed out and /next asked again
    this.directory = fs.mkdtempSync(path.join(os.tmpdir(), 'klambda-node-client-'));
    for (const [name, text] of Object.entries(files)) {
      fs.mkdirSync(path.dirname(path.join(this.directory, name)), { recursive: true });
      fs.writeFileSync(path.join(this.directory, name), text);
    }
    this.handler = handler;
  }

  async start() {
    this.server = http.createServer((request, response) => this.serve(request, response));
    this.server.on('connection', () => {
      this.connections += 1;
    });
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.process = spawn(
      process.execPath,
      [...(this.options.node_flags ?? []), clientFile, this.handler],
      {
        cwd: this.directory,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          PATH: process.env.PATH,
          HOME: this.directory,
          AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${this.server.address().port}`,
          AWS_LAMBDA_FUNCTION_NAME: 'orders',
          AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
          AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
          AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/orders',
          AWS_LAMBDA_LOG_STREAM_NAME: '2026/01/01/[$LATEST]abc',
          AWS_REGION: 'eu-west-1',
          LAMBDA_TASK_ROOT: this.directory,
          _HANDLER: this.handler,
          ...this.options.env,
        },
      },
    );
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        this.output += text;
        this.changed();
      });
    }
    this.process.on('close', (code, signal) => {
      this.exit = { code, signal };
      this.changed();
    });
    return this;
  }

  serve(request, response) {
    const resource = request.url.replace('/2018-06-01/runtime/', '');
    const entry = {
      method: request.method,
      path: resource,
      headers: request.headers,
      chunks: [],
      body: '',
    };
    request.on('data', (chunk) => entry.chunks.push(chunk));
    request.on('end', () => {
      entry.body = Buffer.concat(entry.chunks);
      entry.text = entry.body.toString('utf8');
      entry.trailers = request.trailers;
      entry.rawHeaders = request.rawHeaders;
      if (resource === 'invocation/next') this.next(response);
      else {
        this.requests.push(entry);
        const status =
          Object.entries(this.answers).find(([suffix]) => resource.endsWith(suffix))?.[1] ?? 202;
        response.writeHead(status, { 'Content-Type': 'application/json' }).end('{"status":"OK"}\n');
      }
      this.changed();
    });
  }

  next(response) {
    if (this.nexts >= this.events.length) {
      this.idle = true; // left open: the process waits as it would for hours
      return;
    }
    this.nexts += 1;
    const given = this.events[this.nexts - 1];
    const event = typeof given === 'object' ? given : { body: given };
    response.writeHead(200, {
      'Content-Type': 'application/json',
      'Lambda-Runtime-Aws-Request-Id': `id-${this.nexts}`,
      'Lambda-Runtime-Deadline-Ms': String(Date.now() + 3000),
      'Lambda-Runtime-Invoked-Function-Arn':
        'arn:aws:lambda:eu-west-1:123456789012:function:orders',
      'Lambda-Runtime-Trace-Id':
        `Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e7${this.nexts};` +
        'Parent=9a9197af755a6419;Sampled=1',
      ...event.headers,
    });
    response.end(event.body);
  }

  changed() {
    this.waiters = this.waiters.filter((waiter) => !waiter());
  }

  until(condition, name) {
    const met = new Promise((resolve) => {
      const look = () => (condition() ? (resolve(), true) : false);
      if (!look()) this.waiters.push(look);
    });
    return within_limit(
      met,
      () =>
        `${name}; requests ${this.request_summary()}` +
        `, exit ${JSON.stringify(this.exit)}, output:\n${this.output}`,
    );
  }

  request_summary() {
    return JSON.stringify(this.requests.map((r) => [r.path, r.text?.slice(0, 500)]));
  }

  async drained() {
    // every event answered and the next one asked for
    await this.until(() => this.idle || this.exit !== null, 'all events answered');
    return this;
  }

  async ended() {
    await this.until(() => this.exit !== null, 'the process has ended');
    return this;
  }

  only(resource) {
    const found = this.requests.filter((request) => request.path === resource);
    if (found.length !== 1) {
      throw new Error(
        `${found.length} requests to ${resource}; all: ` +
          `${this.request_summary()}; output:\n${this.output}`,
      );
    }
    return found[0];
  }

  json(resource) {
    return JSON.parse(this.only(resource).text);
  }

  async stop() {
    if (this.exit === null) this.process.kill('SIGKILL');
    await this.ended();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    fs.rmSync(this.directory, { recursive: true, force: true });
  }
}

// Runs `check` with a started process and cleans up whatever happens. `files` may be the text of
// app.js alone.
async function with_client(files, options, check) {
  const all = typeof files === 'string' ? { 'app.js': files } : files;
  const run = await new Run(all, options.handler ?? 'app.handler', options).start();
  try {
    await check(run);
  } finally {
    await run.stop();
  }
}

module.exports = { with_client, official };
