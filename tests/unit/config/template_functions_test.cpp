// CloudFormation's functions, parameters and conditions in a template.
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/config/template_support.h"

using namespace emulator;

namespace {

// The variable VALUE of a function F whose template has parameters, mappings and conditions.
std::string template_with(const std::string& value) {
  return "Parameters:\n"  // 1
         "  Stage: {Type: String, Default: dev, AllowedValues: [dev, prod]}\n"
         "  Secret: {Type: String}\n"
         "  Brokers: {Type: CommaDelimitedList, Default: 'a:1, b:2'}\n"
         "  Stored: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /x/y}\n"  // 5
         "Mappings: {Sizes: {dev: {Size: 1}, prod: {Size: 9}}}\n"
         "Conditions:\n"
         "  IsProd: !Equals [!Ref Stage, prod]\n"
         "  IsDev: !Not [{Condition: IsProd}]\n"
         "  Both: !And [!Condition IsProd, {Condition: IsDev}]\n"  // 10
         "  Any: {'Fn::Or': [{Condition: IsProd}, {Condition: IsDev}]}\n"
         "  Circle: !Not [!Condition Circle]\n"
         "Resources:\n"
         "  Queue: {Type: AWS::SQS::Queue}\n"
         "  Cluster: {Type: AWS::MSK::ServerlessCluster}\n"  // 15
         "  Named: {Type: AWS::Serverless::Function, Properties: {FunctionName: !Sub "
         "'named-${Stage}', Handler: a.b, Runtime: nodejs22.x}}\n"
         "  F:\n"
         "    Type: AWS::Serverless::Function\n"
         "    Properties:\n"
         "      Handler: app.handler\n"  // 20
         "      Runtime: python3.12\n"
         "      Environment:\n"
         "        Variables:\n"
         "          VALUE: " +
         value + "\n" +  // 24
         "  Table: {Type: AWS::DynamoDB::Table}\n"
         "  NamedQueue: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub 'q-${Stage}'}}\n"
         "  Topic: {Type: AWS::SNS::Topic}\n"
         "  NamedTopic: {Type: AWS::SNS::Topic, Properties: {TopicName: t}}\n"
         "  Bucket: {Type: AWS::S3::Bucket}\n"
         "  NamedBucket: {Type: AWS::S3::Bucket, Properties: {BucketName: b}}\n"
         "  Plain: {Type: AWS::Lambda::Function, Condition: IsProd, "
         "Properties: {FunctionName: p}}\n";
}

const FunctionConfig& function_f(const Application& application) {
  return application.functions.at(1);
}

}  // namespace

TEST_CASE("functions of CloudFormation give their values, in both forms") {
  const std::vector<std::pair<std::string, std::string>> table{
      {"!Ref Stage", "dev"},
      {"{Ref: Stage}", "dev"},
      {"!Ref AWS::Region", "us-east-1"},
      {"!Ref AWS::AccountId", "000000000000"},
      {"!Ref AWS::Partition", "aws"},
      {"!Ref AWS::URLSuffix", "amazonaws.com"},
      {"!Ref AWS::StackName", "klambda"},
      {"!Ref Named", "named-dev"},
      {"!Ref F", "F"},
      {"!GetAtt F.Arn", "arn:aws:lambda:us-east-1:000000000000:function:F"},
      {"!GetAtt [Named, Arn]", "arn:aws:lambda:us-east-1:000000000000:function:named-dev"},
      {"{'Fn::GetAtt': [F, Arn]}", "arn:aws:lambda:us-east-1:000000000000:function:F"},
      {"!Ref Plain", "p"},
      {"!GetAtt Plain.Arn", "arn:aws:lambda:us-east-1:000000000000:function:p"},
      {"!GetAtt Queue.Arn", "arn:aws:sqs:us-east-1:000000000000:Queue"},
      {"!GetAtt Queue.QueueName", "Queue"},
      {"!GetAtt NamedQueue.Arn", "arn:aws:sqs:us-east-1:000000000000:q-dev"},
      {"!Sub '${NamedQueue.Arn}'", "arn:aws:sqs:us-east-1:000000000000:q-dev"},
      {"!GetAtt NamedQueue.QueueName", "q-dev"},
      {"!Ref Topic", "arn:aws:sns:us-east-1:000000000000:Topic"},
      {"!Ref NamedTopic", "arn:aws:sns:us-east-1:000000000000:t"},
      {"!GetAtt NamedTopic.TopicArn", "arn:aws:sns:us-east-1:000000000000:t"},
      {"!GetAtt NamedTopic.TopicName", "t"},
      {"!Ref Bucket", "bucket"},
      {"!GetAtt Bucket.Arn", "arn:aws:s3:::bucket"},
      {"!GetAtt NamedBucket.Arn", "arn:aws:s3:::b"},
      {"!Sub plain", "plain"},
      {"!Sub 'a-${Stage}-${AWS::Region}'", "a-dev-us-east-1"},
      {"!Sub '${!Literal} ${Stage}'", "${Literal} dev"},
      {"!Sub '$Stage {Stage} $'", "$Stage {Stage} $"},
      {"!Sub '${F.Arn}'", "arn:aws:lambda:us-east-1:000000000000:function:F"},
      {"!Sub ['${A}/${Stage}', {A: !Ref AWS::Region}]", "us-east-1/dev"},
      {"{'Fn::Sub': ['${A}', {A: x}]}", "x"},
      {"!Join ['-', [a, !Ref Stage, !Ref AWS::NoValue, c]]", "a-dev-c"},
      {"!Join [',', !Ref Brokers]", "a:1,b:2"},
      {"!Select [1, !Ref Brokers]", "b:2"},
      {"!Select [2, !Split ['.', 'a.b.c']]", "c"},
      {"!FindInMap [Sizes, !Ref Stage, Size]", "1"},
      {"!FindInMap [Sizes, x, y, {DefaultValue: z}]", "z"},
      {"!If [IsProd, big, small]", "small"},
      {"!If [IsDev, !Sub '${Stage}!', small]", "dev!"},
      {"!If [Both, yes, no]", "no"},
      {"{'Fn::If': [Any, yes, no]}", "yes"},
  };
  for (const auto& [value, expected] : table) {
    CAPTURE(value);
    const auto application = read(template_with(value));
    CHECK(application.warnings.empty());
    CHECK(function_f(application).environment.at("VALUE") == expected);
  }
}

TEST_CASE("the command line's parameters override the defaults") {
  CHECK(
      function_f(read(template_with("!Ref Stage"), {{"Stage", "prod"}})).environment.at("VALUE") ==
      "prod");
  CHECK(function_f(read(template_with("!Ref Secret"), {{"Secret", ""}})).environment.at("VALUE") ==
        "");
  CHECK(function_f(read(template_with("!If [IsProd, big, small]"), {{"Stage", "prod"}}))
            .environment.at("VALUE") == "big");
  CHECK(function_f(read(template_with("!Ref Stored"), {{"Stored", "v"}})).environment.at("VALUE") ==
        "v");
}

TEST_CASE("AWS::NoValue leaves a value out without a word") {
  for (const std::string value : {"!Ref AWS::NoValue", "!If [IsProd, x, !Ref AWS::NoValue]"}) {
    const auto application = read(template_with(value));
    CHECK(application.warnings.empty());
    CHECK(function_f(application).environment.empty());
  }
}

TEST_CASE("stand-ins and what is not understood are warned about, with the line") {
  struct Row {
    std::string value;
    std::string warning;
    bool left_out;
  };
  const std::vector<Row> table{
      {"!ImportValue x", "t.yaml:24: Fn::ImportValue is not understood: the value is left out",
       true},
      {"!Base64 x", "t.yaml:24: Fn::Base64 is not understood: the value is left out", true},
      {"{'Fn::Transform': x}", "t.yaml:24: Fn::Transform is not understood: the value is left out",
       true},
      {"!Sub ['${A}', {A: !ImportValue x}]",
       "t.yaml:24: Fn::ImportValue is not understood: the value is left out", true},
      {"!GetAtt Queue.QueueUrl",
       "t.yaml:24: GetAtt Queue.QueueUrl is not understood: the value is left out", true},
      {"!GetAtt Table.Arn",
       "t.yaml:24: GetAtt Table.Arn: klambda makes no AWS::DynamoDB::Table, "
       "\"arn:aws:dynamodb:us-east-1:000000000000:Table\" stands "
       "in for it",
       false},
      {"!Ref Queue",
       "t.yaml:24: Ref Queue: klambda makes no AWS::SQS::Queue, \"Queue\" stands in for it", false},
      {"!Ref Stored",
       "t.yaml:24: parameter Stored lives in the SSM parameter store, which klambda does not ask: "
       "\"/x/y\" is used as it "
       "is; give it with --parameter Stored=VALUE",
       false},
      {"'{{resolve:ssm:/x}}'",
       "t.yaml:24: variable VALUE of F has a dynamic reference {{resolve:…}}, which klambda passes "
       "on as it is written",
       false},
  };
  for (const auto& row : table) {
    CAPTURE(row.value);
    const auto application = read(template_with(row.value));
    CHECK(application.warnings == std::vector<std::string>{row.warning});
    CHECK(function_f(application).environment.empty() == row.left_out);
  }
}

TEST_CASE("mistakes in functions are errors, with the line") {
  const std::vector<std::pair<std::string, std::string>> table{
      {"!Ref Stag",
       "t.yaml:24: Ref Stag: the template has no such parameter or resource (did you mean Stage?)"},
      {"!Ref Secret",
       "t.yaml:3: parameter Secret has no Default: give it with --parameter Secret=VALUE"},
      {"!Ref [a]", "t.yaml:24: Ref takes a name"},
      {"!Ref Brokers", "t.yaml:24: variable VALUE of F is a list: it must be a single value"},
      {"!GetAtt Nobody.Arn", "t.yaml:24: GetAtt Nobody.Arn: the template has no such resource"},
      {"!GetAtt Queue",
       "t.yaml:24: Fn::GetAtt takes a resource and an attribute: write !GetAtt Name.Arn"},
      {"!GetAtt [Queue]", "t.yaml:24: Fn::GetAtt takes [resource, attribute]"},
      {"!Sub '${Stage'", "t.yaml:24: Fn::Sub: a ${ has no closing }"},
      {"!Sub '${Nope}'", "t.yaml:24: Ref Nope: the template has no such parameter or resource"},
      {"!Sub [a]", "t.yaml:24: Fn::Sub takes a text, or [text, {Name: value}]"},
      {"!Join [a]", "t.yaml:24: Fn::Join takes [separator, [values]]"},
      {"!Join [a, b]", "t.yaml:24: Fn::Join takes [separator, [values]]"},
      {"!Select [9, [a]]",
       "t.yaml:24: Fn::Select takes [index, [values]], the index counting from 0"},
      {"!Split ['', a]", "t.yaml:24: Fn::Split's separator must not be empty"},
      {"!FindInMap [Sizes, x, y]",
       "t.yaml:24: Fn::FindInMap: the template's Mappings have no Sizes.x.y"},
      {"!FindInMap [Sizes]", "t.yaml:24: Fn::FindInMap takes [map, key, name]"},
      {"!If [Nope, a, b]",
       "t.yaml:24: condition Nope: the template's Conditions have no such name"},
      {"!If [IsProd, a]", "t.yaml:24: Fn::If takes [condition, value, other value]"},
      {"!If [Circle, a, b]",
       "t.yaml:12: this refers to itself, or is nested deeper than 100 functions"},
  };
  for (const auto& [value, line] : table) {
    CAPTURE(value);
    CHECK(mistake(template_with(value)) == line);
  }
}

TEST_CASE("parameters are checked") {
  CHECK(mistake(template_with("x"), {{"Stag", "prod"}}) ==
        "t.yaml: --parameter Stag: the template has no such parameter (did you mean Stage?)");
  CHECK(mistake(template_with("x"), {{"Other", "prod"}}) ==
        "t.yaml: --parameter Other: the template has no such parameter; it has Stage, Secret, "
        "Brokers, Stored");
  CHECK(mistake(template_with("!Ref Stage"), {{"Stage", "test"}}) ==
        "t.yaml:2: parameter Stage is \"test\": it must be one of dev, prod");
}

TEST_CASE("a list parameter gives the brokers, one text with commas too") {
  const std::string event =
      "Parameters: {Brokers: {Type: CommaDelimitedList, Default: 'a:1,b:2'}}\n";
  const auto servers_of = [&](const std::string& servers) {
    auto text = event + function_with("");
    const std::string plain = "[localhost:9092]";
    return read(text.replace(text.find(plain), plain.size(), servers))
        .mappings.at(0)
        .bootstrap_servers;
  };
  CHECK(servers_of("!Ref Brokers") == std::vector<std::string>{"a:1", "b:2"});
  CHECK(servers_of("[!Ref Brokers, 'c:3']") == std::vector<std::string>{"a:1", "b:2", "c:3"});
  CHECK(servers_of("['a:1,b:2']") == std::vector<std::string>{"a:1", "b:2"});
  CHECK(servers_of("!Split [',', 'a:1,b:2']") == std::vector<std::string>{"a:1", "b:2"});
  CHECK(servers_of("[!ImportValue x]  ").empty());
}

TEST_CASE("a resource whose condition does not hold is left out") {
  const std::string text =
      "Conditions: {Never: !Equals [a, b]}\n"
      "Resources:\n"
      "  G: {Type: AWS::Serverless::Function, Condition: Never, Properties: {Timeout: nonsense}}\n"
      "  F: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, Runtime: python3.12}}\n";
  const auto application = read(text);
  CHECK(application.functions.size() == 1);
  CHECK(application.warnings.empty());
}

TEST_CASE("what SAM makes of a function has a name, too") {
  const auto with = [](const std::string& value) {
    return "Globals: {Function: {Handler: a.b, Runtime: python3.12, AutoPublishAlias: !Ref "
           "Stage}}\n"
           "Parameters: {Stage: {Type: String, Default: pre-live}}\n"
           "Resources:\n"
           "  Web: {Type: AWS::Serverless::Function, Properties: {FunctionName: web-1}}\n"
           "  WebRoleless: {Type: AWS::Serverless::Function, Properties: {Role: r}}\n"  // 5
           "  F: {Type: AWS::Serverless::Function, Properties: {Environment: {Variables: "
           "{VALUE: " +
           value + "}}}}\n";
  };
  const std::string web = "arn:aws:lambda:us-east-1:000000000000:function:web-1";
  const std::vector<std::pair<std::string, std::string>> table{
      {"!Ref Web.Alias", web},
      {"!Ref WebAliasprelive", web},
      {"!Ref Web.Version", web},
      {"!Ref WebVersion0123456789", web},
      {"!Sub '${Web.Alias}'", web},
      {"!Sub '${WebAliasprelive}'", web},
      {"!Ref WebRole", "WebRole"},
      {"!GetAtt WebRole.Arn", "arn:aws:iam::000000000000:role/WebRole"},
  };
  for (const auto& [value, expected] : table) {
    INFO(value);
    const auto application = read(with(value));
    CHECK(application.functions.at(2).environment.at("VALUE") == expected);
    CHECK(application.warnings.empty());
  }
  for (const char* name : {"WebAliaslive", "WebVersion1", "WebRolelessRole", "Web.Alia", "Role"}) {
    INFO(name);
    CHECK(mistake(with("!Ref " + std::string(name))).find("no such parameter or resource") !=
          std::string::npos);
  }
  CHECK(mistake("Resources:\n"
                "  F: {Type: AWS::Serverless::Function, Properties: {Handler: !Ref FAliasx, "
                "Runtime: python3.12, AutoPublishAlias: !Ref FAliasx}}\n")
            .find("this refers to itself") != std::string::npos);
}

TEST_CASE("a function's URL is where this machine serves it") {
  const auto with = [](const std::string& value) {
    return "Resources:\n"
           "  Web: {Type: AWS::Serverless::Function, Properties: {FunctionName: web-1, Handler: "
           "a.b, "
           "Runtime: python3.12, FunctionUrlConfig: {AuthType: NONE}}}\n"
           "  Plain: {Type: AWS::Lambda::Function, Properties: {Handler: a.b, Runtime: python3.12, "
           "Code: .}}\n"
           "  Door: {Type: AWS::Lambda::Url, Properties: {AuthType: NONE, "
           "TargetFunctionArn: !GetAtt Plain.Arn}}\n"
           "  F:\n"  // 5
           "    Type: AWS::Serverless::Function\n"
           "    Properties:\n"
           "      Handler: app.handler\n"
           "      Runtime: python3.12\n"
           "      Environment: {Variables: {VALUE: " +
           value + "}}\n";  // 10
  };
  const auto variable = [](const Application& application) {
    return application.functions.at(2).environment;
  };
  const std::map<std::string, std::string> web{{"VALUE", kControlPlane + "/_klambda/url/web-1/"}};
  const std::map<std::string, std::string> plain{{"VALUE", kControlPlane + "/_klambda/url/Plain/"}};
  CHECK(variable(read(with("!GetAtt WebUrl.FunctionUrl"))) == web);
  CHECK(variable(read(with("!Sub '${WebUrl.FunctionUrl}'"))) == web);
  CHECK(variable(read(with("!GetAtt Door.FunctionUrl"))) == plain);
  CHECK(mistake(with("!GetAtt FUrl.FunctionUrl")) ==
        "t.yaml:10: GetAtt FUrl.FunctionUrl: the template has no such resource");
  CHECK(mistake(with("!GetAtt Url.FunctionUrl")) ==
        "t.yaml:10: GetAtt Url.FunctionUrl: the template has no such resource");

  const TemporaryDirectory directory;
  const auto later = read_template(directory.write("t.yaml", with("!GetAtt Door.FunctionUrl")), {},
                                   Strictness::Lenient, "");
  CHECK(variable(later).empty());
  REQUIRE(later.warnings.size() == 1);
  CHECK(without_directory(later.warnings.front(), directory) ==
        "t.yaml:10: GetAtt Door.FunctionUrl: with --port 0 the port is drawn later: name one; the "
        "value is left out");
}
