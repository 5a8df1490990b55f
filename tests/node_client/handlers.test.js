// What handlers of every kind give back, and what they are given.
'use strict';

const test = require('node:test');
const assert = require('node:assert/strict');
const { with_client, official } = require('./fake_runtime_api.js');

const kCases = {
  'async handler': 'exports.handler = async (event) => ({ got: event });',
  'promise without async': 'exports.handler = (event) => Promise.resolve({ got: event });',
  callback: `exports.handler = (event, context, callback) =>
       setTimeout(() => callback(null, { got: event }), 5);`,
  'callback at once':
    'exports.handler = (event, context, callback) => callback(null, { got: event });',
  'context.succeed': 'exports.handler = (event, context) => { context.succeed({ got: event }); };',
  'context.done': 'exports.handler = (event, context) => { context.done(null, { got: event }); };',
};
for (const [name, code] of Object.entries(kCases)) {
  test(`${name}: the result is the response`, () =>
    with_client(code, { events: ['{"n":1}', '{"n":"é"}'] }, async (run) => {
      await run.drained();
      assert.deepEqual(run.json('invocation/id-1/response'), { got: { n: 1 } });
      assert.deepEqual(run.json('invocation/id-2/response'), { got: { n: 'é' } });
      assert.equal(run.requests.length, 2);
    }));
}

const kModules = {
  'an ES module by extension': [
    { 'app.mjs': 'export const handler = async () => "m";' },
    'app.handler',
  ],
  'a CommonJS module by extension': [
    { 'app.cjs': 'exports.handler = async () => "m";', 'package.json': '{"type":"module"}' },
    'app.handler',
  ],
  'an ES module by package type': [
    { 'app.js': 'export const handler = async () => "m";', 'package.json': '{"type":"module"}' },
    'app.handler',
  ],
  'top-level await': [
    {
      'app.mjs': `const m = await new Promise((r) => setTimeout(() => r("m"), 5));
         export const handler = async () => m;`,
    },
    'app.handler',
  ],
  'a folder in the handler': [
    { 'src/deep/app.js': 'exports.handler = async () => "m";' },
    'src/deep/app.handler',
  ],
  'a folder with a dot': [
    { '.build/v1.2/app.js': 'exports.handler = async () => "m";' },
    '.build/v1.2/app.handler',
  ],
  'a nested export': [
    { 'app.js': 'exports.a = { b: { handler: async () => "m" } };' },
    'app.a.b.handler',
  ],
  'an ES module that imports CommonJS': [
    {
      'app.mjs': 'import x from "./x.cjs"; export const handler = async () => x.m;',
      'x.cjs': 'exports.m = "m";',
    },
    'app.handler',
  ],
  'a module of node_modules': [
    { 'node_modules/dep/index.js': 'exports.handler = async () => "m";' },
    'dep.handler',
  ],
  'node_modules beside the handler': [
    {
      'app.js': 'exports.handler = async () => require("dep");',
      'node_modules/dep/index.js': 'module.exports = "m";',
    },
    'app.handler',
  ],
};
for (const [name, [files, handler]] of Object.entries(kModules)) {
  test(`loads ${name}`, () =>
    with_client(files, { handler }, async (run) => {
      await run.drained();
      assert.equal(run.only('invocation/id-1/response').text, '"m"');
    }));
}

test(
  'a handler under default is found',
  { skip: official && 'the official client wants a named export' },
  () =>
    with_client({ 'app.mjs': 'export default { handler: async () => "m" };' }, {}, async (run) => {
      await run.drained();
      assert.equal(run.only('invocation/id-1/response').text, '"m"');
    }),
);

test(
  'ES module syntax without a package type runs where Node understands it',
  { skip: !process.features.require_module },
  () =>
    with_client('export const handler = async () => "m";', {}, async (run) => {
      await run.drained();
      assert.equal(run.only('invocation/id-1/response').text, '"m"');
    }),
);

const kNulls = {
  undefined: 'exports.handler = async () => {};',
  'a plain return without promise or callback': 'exports.handler = () => "lost";',
  'a promise that never settles': 'exports.handler = () => new Promise(() => {});',
};
for (const [name, code] of Object.entries(kNulls)) {
  test(`${name} answers null, and the process goes on`, () =>
    with_client(code, { events: ['{}', '{}'] }, async (run) => {
      await run.drained();
      assert.equal(run.only('invocation/id-1/response').text, 'null');
      assert.equal(run.only('invocation/id-2/response').text, 'null');
    }));
}

test('the context tells of function, request and time', () =>
  with_client(
    `
  exports.handler = async (event, context) => ({
    ...context, remaining: context.getRemainingTimeInMillis(),
    legacy: ['done', 'succeed', 'fail'].map((name) => typeof context[name]) });`,
    {
      events: [
        {
          body: '{}',
          headers: {
            'Lambda-Runtime-Client-Context': '{"custom":{"a":1}}',
            'Lambda-Runtime-Cognito-Identity':
              '{"cognitoIdentityId":"i","cognitoIdentityPoolId":"p"}',
          },
        },
      ],
    },
    async (run) => {
      await run.drained();
      const context = run.json('invocation/id-1/response');
      assert.equal(context.functionName, 'orders');
      assert.equal(context.functionVersion, '$LATEST');
      assert.equal(
        context.invokedFunctionArn,
        'arn:aws:lambda:eu-west-1:123456789012:function:orders',
      );
      assert.equal(context.memoryLimitInMB, '128');
      assert.equal(context.awsRequestId, 'id-1');
      assert.equal(context.logGroupName, '/aws/lambda/orders');
      assert.equal(context.logStreamName, '2026/01/01/[$LATEST]abc');
      assert.deepEqual(context.clientContext, { custom: { a: 1 } });
      assert.deepEqual(context.identity, { cognitoIdentityId: 'i', cognitoIdentityPoolId: 'p' });
      assert.equal(context.callbackWaitsForEmptyEventLoop, true);
      assert.deepEqual(context.legacy, ['function', 'function', 'function']);
      assert.ok(
        context.remaining <= 3000 && context.remaining > -20_000,
        String(context.remaining),
      );
    },
  ));

test('the trace id of each invocation is in the environment', () =>
  with_client(
    'exports.handler = async () => process.env._X_AMZN_TRACE_ID;',
    { events: ['{}', '{}'] },
    async (run) => {
      await run.drained();
      assert.match(run.json('invocation/id-1/response'), /2e71;/);
      assert.match(run.json('invocation/id-2/response'), /2e72;/);
    },
  ));

test('a callback waits for the event loop to empty', () =>
  with_client(
    `
  let late = 'no';
  exports.handler = (event, context, callback) => {
    const answer = { toJSON: () => late };
    setTimeout(() => { late = 'yes'; }, 50);
    callback(null, answer);
  };`,
    {},
    async (run) => {
      await run.drained();
      assert.equal(run.json('invocation/id-1/response'), 'yes');
    },
  ));

for (const call of ['succeed(', 'done(null, ']) {
  test(`context.${call}…) does not wait for the event loop`, () =>
    with_client(
      `
    setInterval(() => {}, 1000);
    exports.handler = (event, context) => { context.${call}'now'); };`,
      { events: ['{}', '{}'] },
      async (run) => {
        await run.drained();
        assert.equal(run.json('invocation/id-2/response'), 'now');
      },
    ));
}

test('callbackWaitsForEmptyEventLoop = false answers at once', () =>
  with_client(
    `
  setInterval(() => {}, 1000);
  exports.handler = (event, context, callback) => {
    context.callbackWaitsForEmptyEventLoop = false;
    callback(null, 'now');
  };`,
    { events: ['{}', '{}'] },
    async (run) => {
      await run.drained();
      assert.equal(run.json('invocation/id-1/response'), 'now');
      assert.equal(run.json('invocation/id-2/response'), 'now');
    },
  ));

test('an answer that comes late does not touch the next invocation', () =>
  with_client(
    `
  exports.handler = (event, context, callback) => {
    if (event.first) {
      setTimeout(() => callback(null, 'late'), 30);
      context.succeed('first');
    } else {
      setTimeout(() => callback(null, 'second'), 120);
    }
  };`,
    { events: ['{"first":true}', '{}'] },
    async (run) => {
      await run.drained();
      assert.equal(run.json('invocation/id-1/response'), 'first');
      assert.equal(run.json('invocation/id-2/response'), 'second');
      assert.equal(run.requests.length, 2);
    },
  ));

test('six megabytes pass in both directions', () =>
  with_client(
    'exports.handler = async (event) => event.text;',
    { events: [JSON.stringify({ text: 'ö'.repeat(3_000_000) })] },
    async (run) => {
      await run.drained();
      assert.equal(run.json('invocation/id-1/response'), 'ö'.repeat(3_000_000));
    },
  ));

test('a refused response is said and the next event is taken', () =>
  with_client(
    'exports.handler = async (event) => event.n;',
    { events: ['{"n":1}', '{"n":2}'], answers: { 'id-1/response': 413 } },
    async (run) => {
      await run.drained();
      assert.equal(run.only('invocation/id-2/response').text, '2');
      if (!official) assert.match(run.output, /413/);
    },
  ));

test(
  'one connection serves a hundred invocations',
  { skip: official && 'it opens a second one for streams and errors' },
  () =>
    with_client(
      'exports.handler = async (event) => event;',
      { events: Array(100).fill('1') },
      async (run) => {
        await run.drained();
        assert.equal(run.requests.length, 100);
        assert.equal(run.connections, 1);
      },
    ),
);

test('the attempt id is given back', { skip: official && 'this version does not know it' }, () =>
  with_client(
    'exports.handler = async () => 1;',
    { events: [{ body: '{}', headers: { 'Lambda-Runtime-Invocation-Id': 'try-7' } }] },
    async (run) => {
      await run.drained();
      assert.equal(
        run.only('invocation/id-1/response').headers['lambda-runtime-invocation-id'],
        'try-7',
      );
    },
  ),
);
