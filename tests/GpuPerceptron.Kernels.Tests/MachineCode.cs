using System.Text.RegularExpressions;

namespace GpuPerceptron.Kernels.Tests;

/// <summary>A loop over X.</summary>
/// <param name="Instructions">Its length.</param>
/// <param name="WideLoads">Loads of 16 bytes in it.</param>
/// <param name="LoadsAfterShuffle">Whether a load stands behind a shuffle, which waits for the loads before it.</param>
internal readonly record struct LoadingLoop(int Instructions, int WideLoads, bool LoadsAfterShuffle);

/// <summary>A kernel's instructions, as nvdisasm prints them: which loops it has, and what they load from global memory.</summary>
internal sealed partial class MachineCode
{
    private readonly List<string> _operations = [];
    private readonly List<Loop> _loops = [];

    /// <summary>Reads nvdisasm's output.</summary>
    public MachineCode(string disassembly)
    {
        var labels = new Dictionary<string, int>();
        foreach (string line in disassembly.Split('\n'))
        {
            if (Label().Match(line) is { Success: true } label)
                labels[label.Groups[1].Value] = _operations.Count;
            if (Instruction().Match(line) is not { Success: true } instruction)
                continue;

            // A branch back closes a loop.
            string target = instruction.Groups["target"].Value;
            if (instruction.Groups["operation"].Value == "BRA" && labels.TryGetValue(target, out int first))
                _loops.Add(new Loop(first, _operations.Count));
            _operations.Add(instruction.Groups["operation"].Value);
        }
    }

    /// <summary>Loads of 4 bytes or fewer in the kernel.</summary>
    public int NarrowLoads => _operations.Count(IsNarrow);

    /// <summary>The loops that load 16 bytes at a time but hold no other such loop.</summary>
    public IEnumerable<LoadingLoop> LoadingLoops()
    {
        var loading = _loops.Where(loop => Within(loop).Any(IsWide)).ToList();
        foreach (var loop in loading)
        {
            if (loading.Any(other => other != loop && other.First >= loop.First && other.Last <= loop.Last)) continue;
            var operations = Within(loop);
            int shuffle = operations.FindIndex(operation => operation.StartsWith("SHFL", StringComparison.Ordinal));
            yield return new LoadingLoop(
                operations.Count, operations.Count(IsWide), shuffle >= 0 && operations.FindLastIndex(IsLoad) > shuffle);
        }
    }

    private static bool IsWide(string operation) => IsLoad(operation) && operation.Contains(".128", StringComparison.Ordinal);

    private static bool IsNarrow(string operation) =>
        IsLoad(operation) && !IsWide(operation) && !operation.Contains(".64", StringComparison.Ordinal);

    private static bool IsLoad(string operation) =>
        operation.StartsWith("LDG.", StringComparison.Ordinal) || operation.StartsWith("LD.", StringComparison.Ordinal);

    private List<string> Within(Loop loop) => _operations.GetRange(loop.First, loop.Last - loop.First + 1);

    private readonly record struct Loop(int First, int Last);

    [GeneratedRegex(@"^(\.L_\w+):")]
    private static partial Regex Label();

    [GeneratedRegex(@"/\*[0-9a-f]{4,}\*/\s+(@!?U?P\d+\s+)?(?<operation>[A-Z][\w.]*)[^`]*(`\((?<target>[^)]*)\))?")]
    private static partial Regex Instruction();
}
