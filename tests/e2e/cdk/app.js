// What OrdersStack.template.json was made of: npm install aws-cdk-lib constructs && node app.js
// wrote it, with the directories of code and layer beside it as asset.<hash>.
const cdk = require("aws-cdk-lib");
const lambda = require("aws-cdk-lib/aws-lambda");
const sources = require("aws-cdk-lib/aws-lambda-event-sources");
const secretsmanager = require("aws-cdk-lib/aws-secretsmanager");
const sqs = require("aws-cdk-lib/aws-sqs");

const app = new cdk.App({ outdir: "cdk.out" });
const stack = new cdk.Stack(app, "OrdersStack");
const layer = new lambda.LayerVersion(stack, "Shared", { code: lambda.Code.fromAsset("layer") });
const failed = new sqs.Queue(stack, "Failed");
const orders = new lambda.Function(stack, "Orders", {
  runtime: lambda.Runtime.PYTHON_3_12,
  handler: "app.handler",
  code: lambda.Code.fromAsset("src"),
  layers: [layer],
  memorySize: 256,
  timeout: cdk.Duration.seconds(20),
  environment: { STAGE: "dev" },
  deadLetterQueue: failed,
});
orders.addEventSource(
  new sources.SelfManagedKafkaEventSource({
    bootstrapServers: ["broker.example:9092"],
    topic: "orders",
    batchSize: 10,
    maxBatchingWindow: cdk.Duration.seconds(1),
    startingPosition: lambda.StartingPosition.TRIM_HORIZON,
    secret: secretsmanager.Secret.fromSecretNameV2(stack, "Login", "login"),
    authenticationMethod: sources.AuthenticationMethod.SASL_SCRAM_512_AUTH,
    onFailure: new sources.SqsDlq(failed),
  }),
);
orders.addFunctionUrl();
new lambda.Function(stack, "Inline", {
  runtime: lambda.Runtime.NODEJS_22_X,
  handler: "index.handler",
  code: lambda.Code.fromInline("exports.handler = async () => 1;"),
});
app.synth();
