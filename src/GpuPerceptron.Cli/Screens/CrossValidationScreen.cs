using Spectre.Console;

namespace GpuPerceptron.Cli.Screens;

/// <summary>How well each penalty did.</summary>
internal static class CrossValidationScreen
{
    /// <summary>Writes a line for each penalty, and which one was taken.</summary>
    public static void Write(IAnsiConsole console, CrossValidationResult result)
    {
        console.WriteLine();
        var table = new NumberTable($"l2, {result.Folds} folds", "log-loss", "standard error");
        foreach (var score in result.Penalties)
            table.Add(Numbers.Short(score.L2), Numbers.Exact(score.LogLoss), Numbers.Short(score.StandardError));
        table.WriteTo(console);
        if (result.Penalties.Count == 1) return;
        new Facts()
            .Add("best l2", $"{Numbers.Short(result.Best.L2)}, with which the model below was trained on all samples")
            .Add("within 1 se", $"{Numbers.Short(result.WithinOneStandardError.L2)} is the largest that these samples do not tell from the best")
            .WriteTo(console);
    }
}
