// Handlers that fail, modules that cannot be loaded, processes that die.
'use strict';

const test = require('node:test');
const assert = require('node:assert/strict');
const { with_client, official } = require('./fake_runtime_api.js');

const kErrors = {
  'an async throw': [
    'exports.handler = async () => { throw new TypeError("bad order"); };',
    'TypeError',
    'bad order',
  ],
  'a synchronous throw': [
    'exports.handler = () => { throw new RangeError("bad order"); };',
    'RangeError',
    'bad order',
  ],
  'a callback error': [
    'exports.handler = (e, c, callback) => callback(new Error("bad order"));',
    'Error',
    'bad order',
  ],
  'context.fail': [
    'exports.handler = (e, context) => context.fail(new Error("bad order"));',
    'Error',
    'bad order',
  ],
  'context.done with an error': [
    'exports.handler = (e, context) => context.done(new Error("bad order"));',
    'Error',
    'bad order',
  ],
  'an error class of the user': [
    `class Poison extends Error { constructor(m) { super(m); this.name = "Poison"; } }
     exports.handler = async () => { throw new Poison("bad order"); };`,
    'Poison',
    'bad order',
  ],
  'a thrown string': [
    'exports.handler = async () => { throw "bad order"; };',
    'string',
    'bad order',
  ],
  'a thrown null': ['exports.handler = async () => { throw null; };', 'string', 'handled'],
  'a BigInt in the result': [
    'exports.handler = async () => ({ n: 1n });',
    'Error',
    'Unable to stringify response body',
  ],
  'a circular result': [
    'exports.handler = async () => { const a = {}; a.a = a; return a; };',
    'Error',
    'Unable to stringify response body',
  ],
};
for (const [name, [code, type, message]] of Object.entries(kErrors)) {
  test(`${name} is reported and the next event is taken`, () =>
    with_client(code, { events: ['{}', '{}'] }, async (run) => {
      await run.drained();
      const error = run.json('invocation/id-1/error');
      assert.deepEqual(Object.keys(error), ['errorType', 'errorMessage', 'trace']);
      assert.equal(error.errorType, type);
      assert.equal(error.errorMessage, message);
      assert.ok(Array.isArray(error.trace));
      run.only('invocation/id-2/error');
      assert.equal(run.requests.length, 2);
    }));
}

test("the trace names the user's file", () =>
  with_client('exports.handler = async () => { throw new Error("x"); };', {}, async (run) => {
    await run.drained();
    const { trace } = run.json('invocation/id-1/error');
    assert.equal(trace[0], 'Error: x');
    assert.match(trace[1], /^ {4}at .*app\.js:1/);
    assert.match(
      run.output,
      /\tid-1\tERROR\tInvoke Error \t\{"errorType":"Error","errorMessage":"x","stack":\["Error: x"/,
    );
  }));

test('an event that is not JSON is an error of that event only', () =>
  with_client(
    'exports.handler = async (event) => event;',
    { events: ['{"broken', '2'] },
    async (run) => {
      await run.drained();
      assert.equal(run.json('invocation/id-1/error').errorType, 'SyntaxError');
      assert.equal(run.only('invocation/id-2/response').text, '2');
    },
  ));

const kOfficialDiffers = ['a missing import']; // "Error", from an import inside an ES module
const kInitErrors = {
  'a missing module': [{}, 'app.handler', 'Runtime.ImportModuleError', /Cannot find module 'app'/],
  'a missing dependency': [
    { 'app.js': 'require("not-there"); exports.handler = 1;' },
    'app.handler',
    'Runtime.ImportModuleError',
    /not-there/,
  ],
  'a missing import': [
    { 'app.mjs': 'import "not-there"; export const handler = 1;' },
    'app.handler',
    'Runtime.ImportModuleError',
    /not-there/,
  ],
  'a missing export': [
    { 'app.js': 'exports.other = 1;' },
    'app.handler',
    'Runtime.HandlerNotFound',
    /app\.handler is undefined or not exported/,
  ],
  'an export that is no function': [
    { 'app.js': 'exports.handler = {};' },
    'app.handler',
    'Runtime.HandlerNotFound',
    /app\.handler is not a function/,
  ],
  'a handler without a dot': [
    { 'app.js': '' },
    'app',
    'Runtime.MalformedHandlerName',
    /Bad handler/,
  ],
  'a handler that climbs': [
    { 'app.js': '' },
    '../app.handler',
    'Runtime.MalformedHandlerName',
    /'\.\.\/app\.handler' is not a valid handler name/,
  ],
  'a syntax error': [
    { 'app.js': 'exports.handler = (;' },
    'app.handler',
    'Runtime.UserCodeSyntaxError',
    /SyntaxError/,
  ],
  'a syntax error in an ES module': [
    { 'app.mjs': 'export const handler = (;' },
    'app.handler',
    'Runtime.UserCodeSyntaxError',
    /SyntaxError/,
  ],
  'a throw while loading': [
    { 'app.js': 'throw new RangeError("no table");' },
    'app.handler',
    'RangeError',
    /no table/,
  ],
  'a rejected top-level await': [
    { 'app.mjs': 'await Promise.reject(new RangeError("no table")); export const handler = 1;' },
    'app.handler',
    'RangeError',
    /no table/,
  ],
};
for (const [name, [files, handler, type, message]] of Object.entries(kInitErrors)) {
  test(
    `${name} is an init error`,
    { skip: official && kOfficialDiffers.includes(name) && 'it reports another type' },
    () =>
      with_client(files, { handler }, async (run) => {
        await run.ended();
        const request = run.only('init/error');
        const error = JSON.parse(request.text);
        assert.equal(error.errorType, type);
        assert.equal(request.headers['lambda-runtime-function-error-type'], type);
        assert.match(error.errorMessage, message);
        assert.ok(Array.isArray(error.trace));
        assert.equal(run.exit.code, 129);
        assert.equal(run.nexts, 0);
      }),
  );
}

test(
  'a module that never finishes loading is an init error',
  { skip: official && 'it ends without a word' },
  () =>
    with_client(
      { 'app.mjs': 'await new Promise(() => {}); export const handler = 1;' },
      {},
      async (run) => {
        await run.ended();
        assert.match(run.json('init/error').errorMessage, /never finished loading/);
        assert.equal(run.exit.code, 129);
      },
    ),
);

test('a late throw is reported and ends the process', () =>
  with_client(
    `
  exports.handler = (event, context, callback) => {
    setTimeout(() => { throw new TypeError("late"); }, 5);
    setTimeout(callback, 5000);
  };`,
    {},
    async (run) => {
      await run.ended();
      const error = run.json('invocation/id-1/error');
      assert.equal(error.errorType, 'TypeError');
      assert.equal(error.errorMessage, 'late');
      assert.equal(run.exit.code, 129);
      assert.match(run.output, /Uncaught Exception/);
    },
  ));

test('a rejection beside an answer ends the process before the next event', () =>
  with_client(
    'exports.handler = async () => { Promise.reject(new TypeError("forgotten")); return 1; };',
    { events: ['{}', '{}'] },
    async (run) => {
      await run.ended();
      assert.equal(
        run.json('invocation/id-1/error').errorType,
        'Runtime.UnhandledPromiseRejection',
      );
      assert.equal(run.exit.code, 128);
      assert.equal(run.nexts, 1);
    },
  ));

test('an unhandled rejection is reported and ends the process', () =>
  with_client(
    `
  exports.handler = async () => {
    Promise.reject(new TypeError("forgotten"));
    await new Promise((r) => setTimeout(r, 5000));
  };`,
    {},
    async (run) => {
      await run.ended();
      const error = run.json('invocation/id-1/error');
      assert.equal(error.errorType, 'Runtime.UnhandledPromiseRejection');
      assert.equal(error.errorMessage, 'TypeError: forgotten');
      assert.ok(error.trace.length > 0);
      assert.equal(run.exit.code, 128);
    },
  ));

test('process.exit in a handler ends without a word', () =>
  with_client('exports.handler = async () => { process.exit(7); };', {}, async (run) => {
    await run.ended();
    assert.deepEqual(run.exit, { code: 7, signal: null });
    assert.equal(run.requests.length, 0);
  }));

test('SIGTERM ends the process at once', () =>
  with_client('exports.handler = async () => 1;', {}, async (run) => {
    await run.drained();
    run.process.kill('SIGTERM');
    await run.ended();
    assert.equal(run.exit.signal, 'SIGTERM');
  }));

test(
  'the end of the Runtime API ends the process',
  { skip: official && 'it reports an init error to nobody' },
  () =>
    with_client('exports.handler = async () => 1;', {}, async (run) => {
      await run.drained();
      run.server.close();
      run.server.closeAllConnections();
      await run.ended();
      assert.equal(run.exit.code, 1);
    }),
);
