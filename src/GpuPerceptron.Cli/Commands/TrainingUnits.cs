using GpuPerceptron.Solvers;

namespace GpuPerceptron.Cli.Commands;

/// <summary>The units to train in where the features are asked for as they are in the table.</summary>
internal static class TrainingUnits
{
    /// <summary>
    /// A solver whose steps the user does not set may train in whatever units it is best at, as long as the optimum is the same: of features near
    /// 0, for a penalty is for the weights alone, and without a penalty of features of a like spread. <see cref="Trainer"/> turns the model into one of
    /// the table's units.
    /// </summary>
    /// <param name="request">As it was asked for.</param>
    public static TrainRequest Chosen(TrainRequest request)
    {
        bool isSparse = request.Source.IsLibSvm || request.Table.HashBits is not null;
        if (request.Table.Standardize || isSparse || !SolverFactory.SetsItsSteps(request.Training)) return request;
        bool isPenalized = request.Training.L1 > 0 || request.Penalties.Any(l2 => l2 > 0);
        return request with { Table = request.Table with { Center = true, Scale = !isPenalized } };
    }
}
