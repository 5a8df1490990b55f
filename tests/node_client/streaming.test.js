// awslambda.streamifyResponse on the wire: docs configuration-response-streaming and
// runtimes-custom.
'use strict';

const test = require('node:test');
const assert = require('node:assert/strict');
const { with_client, official } = require('./fake_runtime_api.js');

function trailer_error(request) {
  const body = request.trailers['lambda-runtime-function-error-body'];
  return {
    type: request.trailers['lambda-runtime-function-error-type'],
    body: body && JSON.parse(Buffer.from(body, 'base64')),
  };
}

test('each write is a chunk, sent at once', () =>
  with_client(
    `
  exports.handler = awslambda.streamifyResponse(async (event, stream, context) => {
    stream.write('one ' + event.n);
    await new Promise((r) => setTimeout(r, 60));
    stream.write(Buffer.from(' two'));
    await new Promise((r) => setTimeout(r, 60));
    stream.end(' three ' + context.awsRequestId);
  });`,
    { events: ['{"n":1}', '{"n":2}'] },
    async (run) => {
      await run.drained();
      const request = run.only('invocation/id-1/response');
      assert.equal(request.text, 'one 1 two three id-1');
      assert.equal(request.chunks.length, 3);
      assert.equal(request.headers['lambda-runtime-function-response-mode'], 'streaming');
      assert.equal(request.headers['transfer-encoding'], 'chunked');
      assert.equal(request.headers['content-type'], 'application/octet-stream');
      assert.deepEqual(
        request.rawHeaders.filter((_, i, all) => all[i - 1]?.toLowerCase() === 'trailer'),
        ['Lambda-Runtime-Function-Error-Type', 'Lambda-Runtime-Function-Error-Body'],
      );
      assert.deepEqual({ ...request.trailers }, {});
      assert.equal(run.only('invocation/id-2/response').text, 'one 2 two three id-2');
    },
  ));

test('HttpResponseStream puts metadata and eight NULs before the body', () =>
  with_client(
    `
  exports.handler = awslambda.streamifyResponse(async (event, stream) => {
    const metadata = { statusCode: 201, headers: { 'X-A': 'b' } };
    const out = awslambda.HttpResponseStream.from(stream, metadata);
    out.write('body');
    out.end();
  });`,
    {},
    async (run) => {
      await run.drained();
      const request = run.only('invocation/id-1/response');
      assert.equal(
        request.headers['content-type'],
        'application/vnd.awslambda.http-integration-response',
      );
      assert.equal(
        request.text,
        '{"statusCode":201,"headers":{"X-A":"b"}}' + '\0'.repeat(8) + 'body',
      );
    },
  ));

test('setContentType is the content type of a plain stream', () =>
  with_client(
    `
  exports.handler = awslambda.streamifyResponse(async (event, stream) => {
    stream.setContentType('text/plain');
    stream.end('x');
  });`,
    {},
    async (run) => {
      await run.drained();
      assert.equal(run.only('invocation/id-1/response').headers['content-type'], 'text/plain');
    },
  ));

test('a pipeline of many chunks arrives whole', () =>
  with_client(
    `
  const { pipeline } = require('stream/promises'); const { Readable } = require('stream');
  exports.handler = awslambda.streamifyResponse(async (event, stream) => {
    function* chunks() { for (let i = 0; i < 200; i++) yield Buffer.alloc(50000, 97 + i % 26); }
    await pipeline(Readable.from(chunks()), stream);
  });`,
    { events: ['{}', '{}'] },
    async (run) => {
      await run.drained();
      assert.equal(run.only('invocation/id-1/response').body.length, 200 * 50000);
      assert.equal(run.only('invocation/id-2/response').body.length, 200 * 50000);
    },
  ));

for (const [name, before] of [
  ['after the first byte', "stream.write('begun');"],
  ['before the first byte', ''],
]) {
  test(`an error ${name} travels in trailers`, () =>
    with_client(
      `
    exports.handler = awslambda.streamifyResponse(async (event, stream) => {
      if (event.ok) { stream.end('fine'); return; }
      ${before}
      await new Promise((r) => setTimeout(r, 20));
      throw new TypeError('cut');
    });`,
      { events: ['{}', '{"ok":1}'] },
      async (run) => {
        await run.drained();
        const request = run.only('invocation/id-1/response');
        assert.equal(request.text, before ? 'begun' : '');
        const error = trailer_error(request);
        assert.equal(error.type, 'TypeError');
        assert.deepEqual([error.body.errorType, error.body.errorMessage], ['TypeError', 'cut']);
        assert.ok(Array.isArray(error.body.trace));
        assert.equal(run.only('invocation/id-2/response').text, 'fine');
        assert.equal(run.requests.length, 2);
      },
    ));
}

test(
  'a broken pipeline travels in trailers',
  { skip: official && 'it ends with an unhandled rejection' },
  () =>
    with_client(
      `
  const { pipeline } = require('stream/promises'); const { Readable } = require('stream');
  exports.handler = awslambda.streamifyResponse(async (event, stream) => {
    async function* chunks() { yield 'begun'; await null; throw new RangeError('source'); }
    await pipeline(Readable.from(chunks()), stream);
  });`,
      {},
      async (run) => {
        await run.drained();
        assert.equal(trailer_error(run.only('invocation/id-1/response')).type, 'RangeError');
      },
    ),
);

test('a streaming handler that is not async is an error', () =>
  with_client(
    'exports.handler = awslambda.streamifyResponse((event, stream) => {});',
    {},
    async (run) => {
      await run.drained();
      const error = trailer_error(run.only('invocation/id-1/response'));
      assert.equal(error.body.errorMessage, 'Streaming does not support non-async handlers.');
    },
  ));

test('a stream that is never ended keeps the invocation open', () =>
  with_client(
    'exports.handler = awslambda.streamifyResponse(async () => { console.log("returned"); });',
    {},
    async (run) => {
      await run.until(() => run.output.includes('returned'), 'the handler has run');
      await new Promise((resolve) => setTimeout(resolve, 200));
      assert.equal(run.exit, null);
      assert.equal(run.idle, false);
    },
  ));

test(
  'an event that is not JSON is an error of that event only',
  { skip: official && 'not compared' },
  () =>
    with_client(
      `exports.handler = awslambda.streamifyResponse(async (event, stream) => {
         stream.end("fine");
       });`,
      { events: ['{"broken', '{}'] },
      async (run) => {
        await run.drained();
        assert.equal(trailer_error(run.only('invocation/id-1/response')).type, 'SyntaxError');
        assert.equal(run.only('invocation/id-2/response').text, 'fine');
      },
    ),
);
