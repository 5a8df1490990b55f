// The form of what a handler logs: docs nodejs-logging, monitoring-cloudwatchlogs-logformat,
// -log-level.
'use strict';

const test = require('node:test');
const assert = require('node:assert/strict');
const { with_client } = require('./fake_runtime_api.js');

const kTime = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;

test('text lines carry time, request and level', () =>
  with_client(
    `
  console.log('loading');
  exports.handler = async () => {
    console.log('a %s', 'b', { c: 1 }); console.debug('d'); console.info('i');
    console.warn('w'); console.error('e');
    console.trace('t');
    console.log('two\\nlines');
    process.stdout.write('raw\\n');
  };`,
    {},
    async (run) => {
      await run.drained();
      const lines = run.output.split('\n');
      const expect = (text) =>
        assert.ok(
          lines.some((line) => new RegExp(`^${kTime}\t${text}$`).test(line)),
          `${text} in\n${run.output}`,
        );
      expect('undefined\tINFO\tloading');
      expect('id-1\tINFO\ta b \\{ c: 1 \\}');
      expect('id-1\tDEBUG\td');
      expect('id-1\tINFO\ti');
      expect('id-1\tWARN\tw');
      expect('id-1\tERROR\te');
      expect('id-1\tTRACE\tt');
      expect('id-1\tINFO\ttwo\rlines');
      assert.ok(lines.includes('raw'));
    },
  ));

function entries(run) {
  return run.output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
}

test('JSON lines carry the same as members', () =>
  with_client(
    `
  exports.handler = async () => {
    console.log('a %s', 'b'); console.warn({ order: 7 }); console.log('n', 1);
    console.error('failed', new TypeError('bad'));
    console.error(new RangeError('worse'));
    const circular = {}; circular.self = circular; console.log(circular);
  };`,
    { env: { AWS_LAMBDA_LOG_FORMAT: 'JSON' } },
    async (run) => {
      await run.drained();
      const [text, object, number, failed, worse, circular] = entries(run);
      assert.match(text.timestamp, new RegExp(`^${kTime}$`));
      assert.deepEqual(
        { ...text, timestamp: '' },
        { timestamp: '', level: 'INFO', requestId: 'id-1', message: 'a b' },
      );
      assert.deepEqual([object.level, object.message], ['WARN', { order: 7 }]);
      assert.equal(number.message, 'n 1');
      assert.equal(failed.level, 'ERROR');
      assert.match(failed.message, /^failed TypeError: bad/);
      assert.deepEqual([failed.errorType, failed.errorMessage], ['TypeError', 'bad']);
      assert.equal(failed.stackTrace[0], 'TypeError: bad');
      assert.match(failed.stackTrace[1], /^ {4}at .*app\.js/);
      assert.deepEqual(
        [worse.message.errorType, worse.message.errorMessage],
        ['RangeError', 'worse'],
      );
      assert.match(circular.message, /Circular/);
    },
  ));

test('JSON lines below the level are left out', () =>
  with_client(
    `
  exports.handler = async () => {
    console.debug('d'); console.info('i'); console.warn('w'); console.error('e');
  };`,
    { env: { AWS_LAMBDA_LOG_FORMAT: 'JSON', AWS_LAMBDA_LOG_LEVEL: 'WARN' } },
    async (run) => {
      await run.drained();
      assert.deepEqual(
        entries(run).map((entry) => entry.message),
        ['w', 'e'],
      );
    },
  ));
