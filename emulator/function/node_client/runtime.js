// klambda's Lambda runtime interface client for Node.js >= 18: asks the Runtime API for events,
// calls the user's handler and posts what becomes of each. One file, no dependencies; the klambda
// binary carries it and starts it as
//     node runtime.js <handler>          (working directory: the function's code)
// where AWS_LAMBDA_RUNTIME_API is "host:port", and _HANDLER and LAMBDA_TASK_ROOT stand in for
// argument and directory. Wire format: docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.
// Where the documentation is silent it does what the official client does; the differences are
// listed in README.md.
'use strict';

const fs = require('fs');
const http = require('http');
const path = require('path');
const util = require('util');
const { AsyncLocalStorage } = require('async_hooks');
const { createRequire } = require('module');
const { Writable } = require('stream');
const { pathToFileURL } = require('url');

const kExitUnhandledRejection = 128;
const kExitUncaughtException = 129;
const kPreludeEnd = Buffer.alloc(8); // NULs between a streamed response's metadata and its body
const kIntegrationResponse = 'application/vnd.awslambda.http-integration-response';
const kStreaming = Symbol.for('klambda.node_client.streaming');
const kTrailers = ['Lambda-Runtime-Function-Error-Type', 'Lambda-Runtime-Function-Error-Body'];

// -------------------------------------------------------------------------------------------------
// Runtime API

const [apiHost, apiPort] = splitHostPort(process.env.AWS_LAMBDA_RUNTIME_API);
// How many events it asks for at a time, of managed instances (docs
// lambda-managed-instances-nodejs-runtime.html); 0: one, as everywhere else. All of them are served
// by this one thread.
const concurrency = Number(process.env.AWS_LAMBDA_MAX_CONCURRENCY) || 0;
// One connection for everything, or for each event asked for; a free socket of the agent does not
// keep the event loop alive, so an idle handler is seen.
const agent = new http.Agent({
  keepAlive: true,
  maxSockets: concurrency || 1,
  maxFreeSockets: concurrency || 1,
});

function splitHostPort(address) {
  if (!address) {
    process.stderr.write(
      'klambda node client: AWS_LAMBDA_RUNTIME_API is not set; klambda sets it\n',
    );
    process.exit(1);
  }
  const colon = address.lastIndexOf(':');
  return colon < 0 ? [address, 80] : [address.slice(0, colon), Number(address.slice(colon + 1))];
}

function open_request(method, resource, headers) {
  return http.request({
    host: apiHost,
    port: apiPort,
    method,
    path: `/2018-06-01/runtime/${resource}`,
    headers,
    agent,
  });
}

// Resolves to {status, headers, body} of a finished request; there is no time limit, because /next
// waits for hours.
function answer_of(request) {
  return new Promise((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode,
          headers: response.headers,
          body: chunks.length === 1 ? chunks[0] : Buffer.concat(chunks),
        }),
      );
    });
  });
}

// A kept connection may have been closed by the server just before it is used again: that, and only
// that, is tried again.
async function call_api(method, resource, headers, body) {
  for (;;) {
    const request = open_request(method, resource, headers);
    const answer = answer_of(request);
    request.end(body);
    try {
      return await answer;
    } catch (error) {
      const stale = request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      if (!stale) throw error;
    }
  }
}

function post_headers(extra) {
  const invocation = current();
  return invocation && invocation.attempt
    ? { ...extra, 'Lambda-Runtime-Invocation-Id': invocation.attempt }
    : extra;
}

async function post(resource, body, extra = {}) {
  const bytes = Buffer.from(body);
  const headers = post_headers({
    'Content-Type': 'application/json',
    'Content-Length': bytes.length,
    ...extra,
  });
  const answer = await call_api('POST', resource, headers, bytes);
  if (answer.status < 200 || answer.status > 299) {
    // The invocation has its outcome on the other side (413: too large); the process stays good for
    // the next event.
    console.error(
      `The Runtime API answered ${answer.status} to ${resource}: ${answer.body.toString().trim()}`,
    );
  }
}

// -------------------------------------------------------------------------------------------------
// Errors and logs

function describe_error(error) {
  if (
    util.types.isNativeError(error) ||
    error instanceof Error ||
    (error && error.name && error.message && error.stack)
  ) {
    // DEL would end the line early in log viewers; AWS shows it escaped.
    const escape = (text) => String(text).replace(/\x7F/g, '%7F');
    return {
      errorType: escape(error.name),
      errorMessage: escape(error.message),
      trace: escape(error.stack).split('\n'),
    };
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
}

// Not an own enumerable member, which would show a second time in log lines.
function name_error(error, name) {
  Object.defineProperty(error, 'name', { value: name });
}

// The form of an error in a log line: AWS calls the trace "stack" there, and shows the error's own
// members.
function error_for_log(error) {
  const { errorType, errorMessage, trace } = describe_error(error);
  const members =
    error && typeof error === 'object' ? Object.fromEntries(Object.entries(error)) : {};
  const text = { errorType, errorMessage, ...members, stack: trace };
  try {
    return JSON.stringify(text);
  } catch {
    return JSON.stringify({ errorType, errorMessage, stack: trace });
  }
}

const kLevels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
const jsonLogs = (process.env.AWS_LAMBDA_LOG_FORMAT || '').toUpperCase() === 'JSON';
// docs monitoring-cloudwatchlogs-log-level: levels filter JSON logs only.
const lowestLevel = jsonLogs
  ? Math.max(0, kLevels.indexOf((process.env.AWS_LAMBDA_LOG_LEVEL || '').toUpperCase()))
  : 0;

let only = null; // the invocation under way, see take_event(); of several each has its own context
const invocations = concurrency > 0 ? new AsyncLocalStorage() : null;
let lastRequestId; // what log lines are marked with; undefined before the first event, as on AWS

function current() {
  return invocations ? (invocations.getStore() ?? null) : only;
}

function logged_request_id() {
  return invocations ? current()?.requestId : lastRequestId;
}

function text_line(level, args) {
  const id = logged_request_id();
  const line = `${new Date().toISOString()}\t${id}\t${level}\t${util.format(...args)}`;
  // One log event is one line of output: AWS's client puts a carriage return where the text has a
  // line end.
  return line.replace(/\n/g, '\r') + '\n';
}

function json_error(error) {
  return {
    errorType: error.name,
    errorMessage: error.message,
    stackTrace: String(error.stack).split('\n'),
  };
}

function json_line(level, args) {
  const entry = { timestamp: new Date().toISOString(), level, requestId: logged_request_id() };
  const replacer = (key, value) => {
    if (typeof value === 'bigint') return value.toString();
    if (value instanceof Map) return Object.fromEntries(value);
    if (value instanceof Set) return [...value];
    return value instanceof Error ? json_error(value) : value;
  };
  if (args.length === 1 && typeof args[0] === 'object' && args[0] !== null) {
    try {
      return JSON.stringify({ ...entry, message: args[0] }, replacer) + '\n';
    } catch {
      // Circular: falls through to its text.
    }
  }
  entry.message = util.format(...args);
  const error = args.find((arg) => arg instanceof Error);
  if (error) Object.assign(entry, json_error(error));
  return JSON.stringify(entry) + '\n';
}

function log(level, args) {
  if (kLevels.indexOf(level) < lowestLevel) return;
  process.stdout.write(jsonLogs ? json_line(level, args) : text_line(level, args));
}

function patch_console() {
  const levels = {
    trace: 'TRACE',
    debug: 'DEBUG',
    info: 'INFO',
    log: 'INFO',
    warn: 'WARN',
    error: 'ERROR',
    fatal: 'FATAL',
  };
  for (const [method, level] of Object.entries(levels))
    console[method] = (...args) => log(level, args);
}

function log_error(title, error) {
  if (jsonLogs) log('ERROR', [error instanceof Error ? error : `${title} ${util.format(error)}`]);
  else log('ERROR', [`${title} \t%s`, error_for_log(error)]);
}

// -------------------------------------------------------------------------------------------------
// Finding the handler

class InitError extends Error {
  constructor(name, message) {
    super(message);
    name_error(this, name);
  }
}

// "src/app.nested.handler" is the module src/app and, inside it, nested.handler (docs
// nodejs-handler).
function parse_handler(text) {
  if (text.includes('..')) {
    throw new InitError(
      'Runtime.MalformedHandlerName',
      `'${text}' is not a valid handler name. ` +
        'Use absolute paths when specifying root directories in handler names.',
    );
  }
  const slash = text.lastIndexOf('/') + 1;
  const match = /^([^.]*)\.(.*)$/.exec(text.slice(slash));
  if (!match || match[1] === '' || match[2] === '')
    throw new InitError('Runtime.MalformedHandlerName', 'Bad handler');
  return { modulePath: text.slice(0, slash) + match[1], exportPath: match[2].split('.') };
}

function find_module(root, modulePath) {
  const base = path.resolve(root, modulePath);
  for (const extension of ['', '.js', '.mjs', '.cjs']) {
    if (fs.statSync(base + extension, { throwIfNoEntry: false })?.isFile()) return base + extension;
  }
  try {
    // A package, or a directory with an index.
    return createRequire(path.join(root, 'index.js')).resolve(modulePath);
  } catch {
    try {
      return require.resolve(base);
    } catch {
      throw new InitError(
        'Runtime.ImportModuleError',
        `Error: Cannot find module '${modulePath}'\n` +
          `Tried: ${base}, ${base}.js, ${base}.mjs, ${base}.cjs`,
      );
    }
  }
}

function is_es_module(file) {
  if (file.endsWith('.mjs')) return true;
  if (!file.endsWith('.js')) return false;
  for (let directory = path.dirname(file); ; directory = path.dirname(directory)) {
    const manifest = path.join(directory, 'package.json');
    if (fs.existsSync(manifest))
      return JSON.parse(fs.readFileSync(manifest, 'utf8')).type === 'module';
    if (directory === path.dirname(directory) || path.basename(directory) === 'node_modules')
      return false;
  }
}

async function load_module(file) {
  if (is_es_module(file)) return import(pathToFileURL(file).href);
  try {
    return require(file);
  } catch (error) {
    // ES module syntax in a .js file without "type", which newer Node versions understand.
    if (error && (error.code === 'ERR_REQUIRE_ESM' || error.code === 'ERR_REQUIRE_ASYNC_MODULE')) {
      return import(pathToFileURL(file).href);
    }
    throw error;
  }
}

// What the user's own code threw while it was loaded keeps its type; what stopped Node from loading
// it gets AWS's.
function classify_load_error(error) {
  let type;
  if (error instanceof SyntaxError) type = 'Runtime.UserCodeSyntaxError';
  else if (error && ['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND'].includes(error.code))
    type = 'Runtime.ImportModuleError';
  if (!type) return error;
  const typed = new InitError(type, `${error.name}: ${error.message}`);
  typed.stack = `${type}: ${error.stack || error}`;
  return typed;
}

async function load_handler(root, text) {
  const { modulePath, exportPath } = parse_handler(text);
  const file = find_module(root, modulePath);
  let found;
  try {
    found = await load_module(file);
  } catch (error) {
    throw classify_load_error(error);
  }
  const lookup = (start) =>
    exportPath.reduce(
      (value, name) => (value === undefined || value === null ? undefined : value[name]),
      start,
    );
  // `export default {handler}` and CommonJS seen through import() hold their exports one step
  // further in.
  const handler = lookup(found) ?? lookup(found.default);
  if (handler === undefined || handler === null) {
    throw new InitError('Runtime.HandlerNotFound', `${text} is undefined or not exported`);
  }
  if (typeof handler !== 'function')
    throw new InitError('Runtime.HandlerNotFound', `${text} is not a function`);
  return handler;
}

// -------------------------------------------------------------------------------------------------
// Streaming handlers

// The stream a streaming handler writes to. The request is opened by the first byte (or the end),
// so that a content type set before is still heard; each write leaves as one chunk at once.
class ResponseStream extends Writable {
  constructor(requestId, options) {
    super({
      decodeStrings: true,
      ...(options.highWaterMark ? { highWaterMark: options.highWaterMark } : {}),
    });
    this.requestId = requestId;
    this.contentType = 'application/octet-stream';
    this.prelude = null;
    this.request = null;
    this.answer = null;
    this.failed = false;
  }

  setContentType(type) {
    if (this.prelude === null) this.contentType = type;
  }

  write(chunk, encoding, callback) {
    const bytes = typeof chunk === 'string' || chunk instanceof Uint8Array;
    return super.write(bytes ? chunk : JSON.stringify(chunk), encoding, callback);
  }

  open() {
    if (this.request) return;
    this.request = open_request(
      'POST',
      `invocation/${this.requestId}/response`,
      post_headers({
        'Content-Type': this.contentType,
        'Lambda-Runtime-Function-Response-Mode': 'streaming',
        'Transfer-Encoding': 'chunked',
        Trailer: kTrailers,
      }),
    );
    this.answer = answer_of(this.request);
    this.answer.catch((error) => this.destroy(error));
    this.request.flushHeaders();
    if (this.prelude !== null) {
      this.request.write(this.prelude);
      this.request.write(kPreludeEnd);
    }
  }

  _write(chunk, encoding, callback) {
    this.open();
    if (this.request.write(chunk)) callback();
    else this.request.once('drain', callback);
  }

  _final(callback) {
    this.open();
    this.request.end();
    callback();
  }

  // The error travels in trailers of the response, whether or not bytes were sent before it.
  async fail(error) {
    if (this.failed || (this.request && this.request.writableEnded)) return;
    this.failed = true;
    this.open();
    const described = describe_error(error);
    this.request.addTrailers([
      [kTrailers[0], described.errorType],
      [kTrailers[1], Buffer.from(JSON.stringify(described)).toString('base64')],
    ]);
    this.request.end();
    await this.answer;
  }

  static from(stream, metadata) {
    stream.contentType = kIntegrationResponse;
    stream.prelude = JSON.stringify(metadata);
    return stream;
  }
}

globalThis.awslambda = {
  ...globalThis.awslambda,
  streamifyResponse(handler, options = {}) {
    handler[kStreaming] = options;
    return handler;
  },
  HttpResponseStream: { from: ResponseStream.from },
};

async function run_streaming(handler, body, context) {
  const invocation = current();
  const stream = new ResponseStream(invocation.requestId, handler[kStreaming]);
  invocation.stream = stream;
  // A handler that never ends its stream runs into the function's timeout, as on AWS: the process
  // stays until then.
  const alive = setInterval(() => {}, 1 << 30);
  const finished = new Promise((resolve, reject) => {
    stream.once('finish', resolve);
    stream.once('error', reject);
    stream.once('close', resolve);
  });
  try {
    const result = handler(JSON.parse(body), stream, context);
    if (!is_promise(result)) throw 'Streaming does not support non-async handlers.';
    await Promise.race([result, finished.then(() => result)]);
    await finished;
    if (!stream.writableFinished)
      throw new Error('The response stream was destroyed before its end');
    const answer = await stream.answer;
    if (answer && answer.status > 299) {
      console.error(
        `The Runtime API answered ${answer.status} to a streamed response: ` +
          answer.body.toString().trim(),
      );
    }
  } catch (error) {
    log_error('Invoke Error', error);
    finished.catch(() => {});
    await stream.fail(error);
  } finally {
    clearInterval(alive);
  }
}

// -------------------------------------------------------------------------------------------------
// Buffered handlers

function is_promise(value) {
  return value !== null && typeof value === 'object' && typeof value.then === 'function';
}

// Resolves to what the handler answered, or rejects with its error. The first answer counts:
// promise, callback, or the methods done, succeed and fail of its context.
function call_handler(invocation, handler, event, context) {
  return new Promise((resolve, reject) => {
    const settle = (error, result) => {
      if (error !== null && error !== undefined) reject(error);
      else resolve(result);
    };
    const callback = (error, result) => {
      // docs nodejs-handler-callback: its answer, alone, waits for the event loop unless the
      // handler says otherwise. With others that wait for events the loop is never empty.
      const waits =
        !concurrency &&
        context.callbackWaitsForEmptyEventLoop &&
        (error === null || error === undefined);
      if (waits) invocation.when_idle = () => resolve(result);
      else settle(error, result);
    };
    context.done = settle;
    context.fail = (error) => settle(error ?? 'handled');
    context.succeed = (result) => settle(null, result);
    // A handler that answers nothing and leaves nothing to wait for has answered null.
    invocation.when_idle = () => resolve(null);
    const result = handler(event, context, callback);
    if (is_promise(result)) result.then(resolve, reject);
  });
}

function serialise(result) {
  let text;
  try {
    text = JSON.stringify(result === undefined ? null : result);
  } catch (error) {
    throw new Error('Unable to stringify response body', { cause: error });
  }
  return text === undefined ? 'null' : text;
}

async function run_buffered(handler, body, context) {
  const invocation = current();
  let response;
  try {
    response = serialise(await call_handler(invocation, handler, JSON.parse(body), context));
  } catch (thrown) {
    const error = thrown ?? 'handled'; // `throw null`; the official client's word for it
    invocation.when_idle = null;
    log_error('Invoke Error', error);
    await post(`invocation/${invocation.requestId}/error`, JSON.stringify(describe_error(error)));
    return;
  }
  invocation.when_idle = null;
  await post(`invocation/${invocation.requestId}/response`, response);
}

// -------------------------------------------------------------------------------------------------
// The loop

function make_context(headers) {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  const parsed = (name) => (headers[name] ? JSON.parse(headers[name]) : undefined);
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: parsed('lambda-runtime-client-context'),
    identity: parsed('lambda-runtime-cognito-identity'),
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    ...(headers['lambda-runtime-aws-tenant-id']
      ? { tenantId: headers['lambda-runtime-aws-tenant-id'] }
      : {}),
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

// One of several. What @aws/lambda-invoke-store keeps for the SDK and others is its own, where the
// function has brought that in.
function serve_beside_others(invocation, headers, serve) {
  const store = globalThis.awslambda.InvokeStore;
  const kept = {
    [Symbol.for('_AWS_LAMBDA_REQUEST_ID')]: invocation.requestId,
    [Symbol.for('_AWS_LAMBDA_X_RAY_TRACE_ID')]: headers['lambda-runtime-trace-id'],
    [Symbol.for('_AWS_LAMBDA_TENANT_ID')]: headers['lambda-runtime-aws-tenant-id'],
  };
  return invocations.run(invocation, store ? () => store.run(kept, serve) : serve);
}

// The only one at a time: the environment's variables and the log are its own.
async function serve_only(invocation, trace, serve) {
  only = invocation;
  lastRequestId = invocation.requestId;
  if (trace) process.env._X_AMZN_TRACE_ID = trace;
  else delete process.env._X_AMZN_TRACE_ID;
  await serve();
  if (!dying) only = null;
}

async function run(handler) {
  for (;;) {
    const { status, headers, body } = await call_api('GET', 'invocation/next', {});
    if (status !== 200)
      throw new Error(`/invocation/next answered ${status}: ${body.toString().trim()}`);
    const invocation = {
      requestId: headers['lambda-runtime-aws-request-id'],
      attempt: headers['lambda-runtime-invocation-id'],
      stream: null,
      when_idle: null,
    };
    const serve = () => {
      const call = handler[kStreaming] ? run_streaming : run_buffered;
      return call(handler, body.toString('utf8'), make_context(headers));
    };
    if (invocations) await serve_beside_others(invocation, headers, serve);
    else await serve_only(invocation, headers['lambda-runtime-trace-id'], serve);
    if (dying) return new Promise(() => {}); // takes no further event: die() ends the process
  }
}

function post_init_error(error) {
  const described = describe_error(error);
  return post('init/error', JSON.stringify(described), {
    'Lambda-Runtime-Function-Error-Type': described.errorType,
  });
}

let initialising = true;
let dying = false;

// The last act of a process whose code failed outside every handler's promise. Whatever goes wrong
// while it reports, it ends.
async function die(title, error, exitCode) {
  if (dying) return;
  dying = true;
  const invocation = current();
  try {
    log_error(title, error);
    if (initialising) await post_init_error(error);
    else if (invocation && invocation.stream) await invocation.stream.fail(error);
    else if (invocation)
      await post(`invocation/${invocation.requestId}/error`, JSON.stringify(describe_error(error)));
  } catch (failure) {
    process.stderr.write(`klambda node client: ${failure.message}\n`);
  }
  process.exit(exitCode);
}

function rejection_error(reason) {
  const error = new Error(reason instanceof Error ? String(reason) : util.format(reason));
  name_error(error, 'Runtime.UnhandledPromiseRejection');
  error.stack = `Runtime.UnhandledPromiseRejection: ${error.message}\n${String(error.stack)
    .split('\n')
    .slice(1)
    .join('\n')}`;
  if (reason instanceof Error) error.reason = describe_error(reason);
  return error;
}

// The event loop has nothing left: what waited for that goes out now.
function on_idle() {
  if (initialising) {
    die(
      'Init Error',
      new InitError(
        'Runtime.ImportModuleError',
        "Error: the handler's module never finished loading: " +
          'its top-level await waits for something that cannot happen any more',
      ),
      kExitUncaughtException,
    );
  } else if (only && only.when_idle) {
    const act = only.when_idle;
    only.when_idle = null;
    act();
  }
}

async function main() {
  process.on('uncaughtException', (error) =>
    die('Uncaught Exception', error, kExitUncaughtException),
  );
  process.on('unhandledRejection', (reason) =>
    die('Unhandled Promise Rejection', rejection_error(reason), kExitUnhandledRejection),
  );
  process.on('beforeExit', on_idle);
  patch_console();
  let handler;
  try {
    const text = process.argv[2] || process.env._HANDLER;
    if (!text)
      throw new InitError(
        'Runtime.MalformedHandlerName',
        'No handler was named: give it as argument or in _HANDLER',
      );
    handler = await load_handler(process.env.LAMBDA_TASK_ROOT || process.cwd(), text);
  } catch (error) {
    await die('Init Error', error, kExitUncaughtException);
    return;
  }
  initialising = false;
  try {
    await Promise.all(Array.from({ length: concurrency || 1 }, () => run(handler)));
  } catch (error) {
    process.stderr.write(`klambda node client: ${error.message}\n`);
    process.exit(1);
  }
}

main();
