// Managed instances: several events at a time in one process.
'use strict';

const test = require('node:test');
const assert = require('node:assert/strict');
const { with_client, official } = require('./fake_runtime_api.js');

const kTwo = { AWS_LAMBDA_MAX_CONCURRENCY: '2', AWS_LAMBDA_LOG_FORMAT: 'JSON' };
const kMeet = `
  let begun = 0;
  async function meet() {
    begun += 1;
    while (begun < 2) await new Promise((resolve) => setTimeout(resolve, 1));
  }`;
const attempts = ['first', 'second'].map((attempt) => ({
  body: JSON.stringify(attempt),
  headers: { 'Lambda-Runtime-Invocation-Id': attempt },
}));

function both_answered(run) {
  return run.until(() => run.requests.length === 2, 'two answers');
}

test('two events meet, and each answer, error and log line is its own', { skip: official }, () =>
  with_client(
    `${kMeet}
     exports.handler = async (event, context) => {
       await meet();
       console.log('event', event);
       if (event === 'second') throw new TypeError(context.awsRequestId);
       return { event, trace: process.env._X_AMZN_TRACE_ID ?? null };
     };`,
    { events: attempts, env: kTwo },
    async (run) => {
      await both_answered(run);
      assert.deepEqual(run.json('invocation/id-1/response'), { event: 'first', trace: null });
      assert.equal(run.json('invocation/id-2/error').errorMessage, 'id-2');
      const attempt_of = (resource) => run.only(resource).headers['lambda-runtime-invocation-id'];
      assert.equal(attempt_of('invocation/id-1/response'), 'first');
      assert.equal(attempt_of('invocation/id-2/error'), 'second');
      await run.until(() => run.output.includes('event second'), 'both lines');
      const lines = run.output.split('\n').filter((line) => line.includes('"event '));
      const logged = lines.map((line) => JSON.parse(line));
      assert.deepEqual(
        Object.fromEntries(logged.map((entry) => [entry.message, entry.requestId])),
        { 'event first': 'id-1', 'event second': 'id-2' },
      );
    },
  ));

test('a callback is answered though others wait for events', { skip: official }, () =>
  with_client(
    'exports.handler = (event, context, callback) => { callback(null, event); };',
    { events: ['"a"', '"b"'], env: kTwo },
    async (run) => {
      await both_answered(run);
      assert.equal(run.json('invocation/id-1/response'), 'a');
      assert.equal(run.json('invocation/id-2/response'), 'b');
    },
  ));

test('two responses are streamed at the same time', { skip: official }, () =>
  with_client(
    `${kMeet}
     exports.handler = awslambda.streamifyResponse(async (event, stream) => {
       stream.write(event);
       await meet();
       stream.end('.');
     });`,
    { events: attempts, env: kTwo },
    async (run) => {
      await both_answered(run);
      assert.equal(run.only('invocation/id-1/response').text, 'first.');
      assert.equal(run.only('invocation/id-2/response').text, 'second.');
    },
  ));

test('the invoke store of a library has what belongs to each', { skip: official }, () =>
  with_client(
    `${kMeet}
     const { AsyncLocalStorage } = require('async_hooks');
     const storage = new AsyncLocalStorage();
     globalThis.awslambda.InvokeStore = { run: (kept, call) => storage.run(kept, call) };
     exports.handler = async () => {
       await meet();
       return storage.getStore()[Symbol.for('_AWS_LAMBDA_REQUEST_ID')];
     };`,
    { events: attempts, env: kTwo },
    async (run) => {
      await both_answered(run);
      assert.equal(run.json('invocation/id-1/response'), 'id-1');
      assert.equal(run.json('invocation/id-2/response'), 'id-2');
    },
  ));

test('an uncaught error ends the process with the invocation that it belongs to', {
  skip: official,
}, () =>
  with_client(
    `${kMeet}
     exports.handler = async (event) => {
       await meet();
       if (event === 'second') setTimeout(() => { throw new Error('late'); }, 1);
       await new Promise(() => {});
     };`,
    { events: attempts, env: kTwo },
    async (run) => {
      await run.ended();
      assert.equal(run.exit.code, 129);
      assert.equal(run.json('invocation/id-2/error').errorMessage, 'late');
      assert.equal(run.requests.length, 1);
    },
  ));
