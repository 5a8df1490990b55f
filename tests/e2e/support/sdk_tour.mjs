// A tour of the Lambda API with AWS's SDK: node sdk_tour.mjs URL ZIP TOPIC BROKERS.
import { readFileSync } from 'node:fs';
import {
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  DeleteEventSourceMappingCommand,
  DeleteFunctionCommand,
  GetEventSourceMappingCommand,
  InvokeCommand,
  InvokeWithResponseStreamCommand,
  LambdaClient,
  ListFunctionsCommand,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';

const [url, zip, topic, brokers] = process.argv.slice(2);
const client = new LambdaClient({
  endpoint: url,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  maxAttempts: 1,
});
const FunctionName = 'tour';
const text = (bytes) => new TextDecoder().decode(bytes);
const seen = {};

const created = await client.send(
  new CreateFunctionCommand({
    FunctionName,
    Runtime: 'nodejs22.x',
    Role: 'arn:aws:iam::123456789012:role/handler',
    Handler: 'index.handler',
    Code: { ZipFile: readFileSync(zip) },
  }),
);
seen.created = created.State;
await waitUntilFunctionActiveV2(
  { client, maxWaitTime: 60, minDelay: 1, maxDelay: 1 },
  { FunctionName },
);

const invoked = await client.send(new InvokeCommand({ FunctionName, Payload: '{"n": 1}' }));
seen.answer = JSON.parse(text(invoked.Payload));

const stream = await client.send(
  new InvokeWithResponseStreamCommand({ FunctionName, Payload: '{"n": 2}' }),
);
let streamed = '';
for await (const event of stream.EventStream) {
  if (event.PayloadChunk) streamed += text(event.PayloadChunk.Payload);
}
seen.streamed = JSON.parse(streamed);

try {
  await client.send(new InvokeCommand({ FunctionName: 'nobody' }));
} catch (error) {
  seen.failure = [error.name, error.$metadata.httpStatusCode];
}

const mapping = await client.send(
  new CreateEventSourceMappingCommand({
    FunctionName,
    Topics: [topic],
    StartingPosition: 'TRIM_HORIZON',
    SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: brokers.split(',') } },
    SourceAccessConfigurations: [],
  }),
);
seen.mapping = [mapping.State];
const { UUID } = mapping;
for (;;) {
  const { State } = await client.send(new GetEventSourceMappingCommand({ UUID }));
  if (State === 'Enabled') {
    seen.mapping.push(State);
    break;
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
}
seen.mapping.push((await client.send(new DeleteEventSourceMappingCommand({ UUID }))).State);
const { Functions } = await client.send(new ListFunctionsCommand({}));
seen.listed = Functions.map((one) => one.FunctionName);
await client.send(new DeleteFunctionCommand({ FunctionName }));
console.log(JSON.stringify(seen));
