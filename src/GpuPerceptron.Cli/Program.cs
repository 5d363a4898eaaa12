using GpuPerceptron.Cli;
using GpuPerceptron.Cli.Streams;

using var interruption = new Interruption();
var terminal = new Terminal(StandardOutput.Open(), Console.Error, TerminalTraits.OfProcess());
return (int)CommandLine.Run(args, terminal, interruption.Token);
