namespace GpuPerceptron.Engines.Simd;

/// <summary>A number that code is compiled for: what it does not reach leaves no trace, and takes no register.</summary>
internal interface ICount
{
    static abstract int Value { get; }
}

/// <summary>What is compiled once for each count.</summary>
internal interface ICounted
{
    void Run<TCount>()
        where TCount : struct, ICount;
}

/// <summary>From a number to the code compiled for it.</summary>
internal static class Counts
{
    /// <param name="count">From 1 to 16.</param>
    /// <param name="action">What is to be run.</param>
    public static void Run<TAction>(int count, TAction action)
        where TAction : struct, ICounted
    {
        switch (count)
        {
            case 1: action.Run<Count1>(); break;
            case 2: action.Run<Count2>(); break;
            case 3: action.Run<Count3>(); break;
            case 4: action.Run<Count4>(); break;
            case 5: action.Run<Count5>(); break;
            case 6: action.Run<Count6>(); break;
            case 7: action.Run<Count7>(); break;
            case 8: action.Run<Count8>(); break;
            case 9: action.Run<Count9>(); break;
            case 10: action.Run<Count10>(); break;
            case 11: action.Run<Count11>(); break;
            case 12: action.Run<Count12>(); break;
            case 13: action.Run<Count13>(); break;
            case 14: action.Run<Count14>(); break;
            case 15: action.Run<Count15>(); break;
            case 16: action.Run<Count16>(); break;
            default: throw new ArgumentOutOfRangeException(nameof(count));
        }
    }
}

internal readonly struct Count0 : ICount
{
    static int ICount.Value => 0;
}

internal readonly struct Count1 : ICount
{
    static int ICount.Value => 1;
}

internal readonly struct Count2 : ICount
{
    static int ICount.Value => 2;
}

internal readonly struct Count3 : ICount
{
    static int ICount.Value => 3;
}

internal readonly struct Count4 : ICount
{
    static int ICount.Value => 4;
}

internal readonly struct Count5 : ICount
{
    static int ICount.Value => 5;
}

internal readonly struct Count6 : ICount
{
    static int ICount.Value => 6;
}

internal readonly struct Count7 : ICount
{
    static int ICount.Value => 7;
}

internal readonly struct Count8 : ICount
{
    static int ICount.Value => 8;
}

internal readonly struct Count9 : ICount
{
    static int ICount.Value => 9;
}

internal readonly struct Count10 : ICount
{
    static int ICount.Value => 10;
}

internal readonly struct Count11 : ICount
{
    static int ICount.Value => 11;
}

internal readonly struct Count12 : ICount
{
    static int ICount.Value => 12;
}

internal readonly struct Count13 : ICount
{
    static int ICount.Value => 13;
}

internal readonly struct Count14 : ICount
{
    static int ICount.Value => 14;
}

internal readonly struct Count15 : ICount
{
    static int ICount.Value => 15;
}

internal readonly struct Count16 : ICount
{
    static int ICount.Value => 16;
}
